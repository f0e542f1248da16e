/**
 * Requests that are almost what openapi.yaml describes, and files of each format that are almost right. Prints what came of them as
 * JSON; exits with 1 where an answer was 5xx but 503, was not as described or did not come, or where a reader crashed, hung
 * or refused a file without a code. docs/inputs.md has the figures of the last run.
 *
 *   node bench/fuzz.ts [--requests 10000] [--headers 100000] [--others 100000] [--seed 1]
 */
import { parseArgs } from 'node:util'
import { mutatedNifti } from './fuzz/mutate-nifti.ts'
import { mutatedOther } from './fuzz/mutate-others.ts'
import { type Headers, readHeaders } from './fuzz/read-headers.ts'
import { sendRequests } from './fuzz/send-requests.ts'

const PATIENCE_MS = 60_000

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    /** NIfTI files. */
    headers: { type: 'string', default: '100000' },
    /** MGH, NRRD and MetaImage files together. */
    others: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
const answers = await sendRequests(Number(values.requests), seed, PATIENCE_MS)
const headers = await readHeaders(mutatedNifti, Number(values.headers), seed, PATIENCE_MS)
const others = await readHeaders(mutatedOther, Number(values.others), seed, PATIENCE_MS)
const sorted = ({ outcomes }: Headers) => Object.fromEntries([...outcomes].sort(([, one], [, other]) => other - one))
const figures = {
  seed,
  statuses: Object.fromEntries(answers.statuses),
  headers: sorted(headers),
  others: sorted(others),
  wrong: [...answers.wrong, ...headers.wrong, ...others.wrong],
}
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
process.exitCode = figures.wrong.length > 0 ? 1 : 0
