/**
 * Requests that are almost what openapi.yaml describes, and NIfTI files that are almost right. Prints what came of them as
 * JSON; exits with 1 where an answer was 5xx but 503, was not as described or did not come, or where a reader crashed, hung
 * or refused a file without a code. docs/inputs.md has the figures of the last run.
 *
 *   node bench/fuzz.ts [--requests 10000] [--headers 100000] [--seed 1]
 */
import { parseArgs } from 'node:util'
import { readHeaders } from './fuzz/read-headers.ts'
import { sendRequests } from './fuzz/send-requests.ts'

const PATIENCE_MS = 60_000

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    headers: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
const answers = await sendRequests(Number(values.requests), seed, PATIENCE_MS)
const headers = await readHeaders(Number(values.headers), seed, PATIENCE_MS)
const figures = {
  seed,
  statuses: Object.fromEntries(answers.statuses),
  outcomes: Object.fromEntries([...headers.outcomes].sort(([, one], [, other]) => other - one)),
  wrong: [...answers.wrong, ...headers.wrong],
}
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
process.exitCode = figures.wrong.length > 0 ? 1 : 0
