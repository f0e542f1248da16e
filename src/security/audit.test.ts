import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type AuditRecord, auditPath, openAudit } from './audit.ts'
import { verifyAudit } from './verify-audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-audit-'))
after(() => rmSync(folder, { recursive: true }))
const newPath = () => join(folder, `${Math.random()}.jsonl`)

const record = (minute: number, change: Partial<AuditRecord> = {}): AuditRecord => ({
  time: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  owner: 'key:pacs',
  jobId: '11111111-1111-4111-8111-111111111111',
  request: 'c'.repeat(64),
  input: { t1: 'a'.repeat(64) },
  model: { id: 'joint-wmh', sha256: 'b'.repeat(64) },
  outcome: { state: 'succeeded' },
  durationsMs: { queue: 5, infer: 1000.5 },
  ...change,
})

/** A file of five lines, and their hashes. */
async function five(): Promise<{ path: string; hashes: string[]; lines: string[] }> {
  const path = newPath()
  const audit = await openAudit(path)
  const hashes = await Promise.all([1, 2, 3, 4, 5].map((minute) => audit.append(record(minute))))
  await audit.close()
  return { path, hashes, lines: readFileSync(path, 'utf8').trimEnd().split('\n') }
}

test('each line carries the hash of the one before, as sha256sum finds it; the first carries zeros', async () => {
  const { lines, hashes } = await five()
  const found = lines.map((line) => execFileSync('sha256sum', { input: line }).toString().slice(0, 64))
  assert.deepEqual(hashes, found)
  const previous = lines.map((line) => JSON.parse(line).previous)
  assert.deepEqual(previous, ['0'.repeat(64), ...found.slice(0, 4)])
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).time.slice(14, 16)),
    ['01', '02', '03', '04', '05'],
  )
})

test('only its owner may read the file, whatever it was before', async () => {
  const { path } = await five()
  assert.equal(statSync(path).mode & 0o777, 0o600)
  chmodSync(path, 0o644)
  await (await openAudit(path)).close()
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('the chain goes on after a restart', async () => {
  const { path, hashes } = await five()
  const audit = await openAudit(path)
  const head = await audit.append(record(6))
  await audit.close()
  assert.deepEqual(await verifyAudit(path), { lines: 6, head, torn: [], broken: null, holdsExpected: null })
  assert.notEqual(head, hashes[4])
})

const TAMPERED: readonly [what: string, change: (lines: string[]) => string[], brokenLine: number][] = [
  ['a changed outcome', (l) => l.with(1, l[1]!.replace('succeeded', 'cancelled')), 3],
  ['a changed time in the first line', (l) => l.with(0, l[0]!.replace('2026', '2025')), 2],
  ['a removed line', (l) => l.toSpliced(2, 1), 3],
  ['a removed first line', (l) => l.slice(1), 1],
  ['a line twice', (l) => l.toSpliced(2, 0, l[1]!), 3],
  ['two lines changed over', (l) => l.with(1, l[2]!).with(2, l[1]!), 2],
  ['a field more', (l) => l.with(3, l[3]!.replace('{', '{"patient":"x",')), 4],
]
for (const [what, change, line] of TAMPERED) {
  test(`tampering is found: ${what}`, async () => {
    const { path, lines } = await five()
    writeFileSync(path, `${change(lines).join('\n')}\n`)
    assert.equal((await verifyAudit(path)).broken?.line, line)
  })
}

test('lines cut off the end are found by a hash that was kept elsewhere, and only by it', async () => {
  const { path, lines, hashes } = await five()
  writeFileSync(path, `${lines.slice(0, 3).join('\n')}\n`)
  assert.equal((await verifyAudit(path)).broken, null)
  assert.equal((await verifyAudit(path, hashes[4]!)).holdsExpected, false)
  assert.equal((await verifyAudit(path, hashes[2]!)).holdsExpected, true)
})

test('a line that was torn is named, and the chain goes on behind it and still guards it', async () => {
  const { path } = await five()
  appendFileSync(path, '{"time":"2026-01-01T00:0')
  const audit = await openAudit(path)
  await audit.append(record(7))
  await audit.append(record(8))
  await audit.close()
  const verdict = await verifyAudit(path)
  assert.deepEqual([verdict.lines, verdict.torn, verdict.broken], [8, [6], null])
  writeFileSync(path, readFileSync(path, 'utf8').replace('{"time":"2026-01-01T00:0\n', '{"time":"2026-01-01T00:1\n'))
  assert.equal((await verifyAudit(path)).broken?.line, 7)
})

test('what a half-written or foreign line did to the file while it was open is taken up', async () => {
  const path = newPath()
  const audit = await openAudit(path)
  await audit.append(record(1))
  appendFileSync(path, 'half a li')
  await audit.append(record(2))
  await audit.close()
  assert.deepEqual((await verifyAudit(path)).torn, [2])
  assert.equal((await verifyAudit(path)).broken, null)
})

test('free text cannot enter: a record that holds some is refused and nothing is written', async () => {
  const path = newPath()
  const audit = await openAudit(path)
  const wrong: Partial<AuditRecord>[] = [
    { owner: 'jane@example.org' },
    { jobId: 'Doe_Jane' },
    { input: { 'Doe Jane.nii': 'a'.repeat(64) } },
    { input: { t1: 'Doe' } },
    { model: { id: '../x', sha256: 'b'.repeat(64) } },
    { outcome: { state: 'failed', fault: 'the file of Jane' as never } },
    { note: 'Jane' } as never,
  ]
  for (const change of wrong) await assert.rejects(audit.append(record(1, change)), { name: 'ZodError' })
  assert.equal(statSync(path).size, 0)
  await audit.append(record(1, { input: null, outcome: { state: 'failed', fault: 'not-nifti' } }))
  await audit.close()
  assert.equal((await verifyAudit(path)).lines, 1)
})

test('processes that may share a folder do not share a file', () => {
  assert.equal(auditPath('/data', 'all', 'mri'), '/data/audit.jsonl')
  assert.equal(auditPath('/data', 'worker', '../mri'), '/data/audit-worker-..-mri.jsonl')
  assert.equal(auditPath('/data', 'api', 'mri-2'), '/data/audit-api-mri-2.jsonl')
})
