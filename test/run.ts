/**
 * `npm test` after type check and lint: every test of the repository, once (fixtures/groups.ts says in which process).
 * What V8 compiled is kept below node_modules, because most processes compile the same files. Fails where a test fails,
 * and where a file was given to node's test runner and did not run.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { groupsOf, root, testFiles } from './fixtures/groups.ts'
import type { Tally } from './fixtures/tally.ts'

const AT_ONCE = 2
const folder = mkdtempSync(join(tmpdir(), 'onelabel-tests-'))
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') }
/** The lines that node's own reporter ends with, and what it calls their counts. */
const SUMMARY = {
  tests: 'tests',
  suites: 'suites',
  pass: 'passed',
  fail: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  todo: 'todo',
}
let runs = 0

interface Ran extends Tally {
  readonly passed: boolean
}

/** @param isQuiet prints it all at its end, since others run beside it */
async function run(files: readonly string[], options: readonly string[], isQuiet = false): Promise<Ran> {
  const tallied = join(folder, `${runs++}.json`)
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${join(root, 'test/fixtures/tally.ts')}`, `--test-reporter-destination=${tallied}`],
  ]
  const child = spawn(process.execPath, ['--test', ...options, ...reporters, ...files], {
    cwd: root,
    env,
    stdio: ['ignore', isQuiet ? 'pipe' : 'inherit', 'inherit'],
  })
  const said: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  process.stdout.write(Buffer.concat(said))
  return { ...(JSON.parse(readFileSync(tallied, 'utf8') || '{"files":[],"counts":{}}') as Tally), passed: code === 0 }
}

const startedMs = performance.now()
const all = testFiles()
const { shared, isolated, alone } = groupsOf(all, AT_ONCE)
const ran = [
  ...(await Promise.all(shared.map((files) => run(files, ['--test-isolation=none'], true)))),
  await run(isolated, [`--test-concurrency=${AT_ONCE}`]),
  await run(alone, ['--test-concurrency=1']),
]
rmSync(folder, { recursive: true })

const seen = new Set(ran.flatMap(({ files }) => files.map((file) => relative(root, file))))
const silent = all.filter((file) => !seen.has(file))
for (const file of silent) console.error(`did not run: ${file}`)
console.log('\nall processes together:')
for (const [name, what] of Object.entries(SUMMARY)) {
  console.log(`ℹ ${name} ${ran.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0)}`)
}
console.log(`ℹ duration_ms ${performance.now() - startedMs}`)
if (silent.length > 0 || ran.some(({ passed }) => !passed)) process.exitCode = 1
