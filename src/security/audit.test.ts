import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { type AuditRecord, auditLine, auditWriter, FIRST_PREVIOUS } from './audit.ts'
import { verifyAudit } from './verify-audit.ts'

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

/** The chain of one writer. */
function chain(writer: string, count: number): { lines: string[]; hashes: string[] } {
  const lines: string[] = []
  const hashes: string[] = []
  for (let minute = 1; minute <= count; minute++) {
    const { text, hash } = auditLine(record(minute), writer, hashes.at(-1) ?? FIRST_PREVIOUS)
    lines.push(text)
    hashes.push(hash)
  }
  return { lines, hashes }
}

async function* those(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}
const verify = (lines: readonly string[], expected?: string) => verifyAudit(those(lines), expected)

test('each line carries the hash of the one before, as sha256sum finds it; the first carries zeros', () => {
  const { lines, hashes } = chain('mri-1', 5)
  const found = lines.map((line) => execFileSync('sha256sum', { input: line }).toString().slice(0, 64))
  assert.deepEqual(hashes, found)
  const previous = lines.map((line) => JSON.parse(line).previous)
  assert.deepEqual(previous, ['0'.repeat(64), ...found.slice(0, 4)])
})

test('the chains of several writers are verified beside each other, in whatever order their lines come', async () => {
  const [one, other] = [chain('one', 3), chain('other', 2)]
  const mixed = [one.lines[0]!, other.lines[0]!, one.lines[1]!, one.lines[2]!, other.lines[1]!]
  const verdict = await verify(mixed, other.hashes[1])
  assert.deepEqual([verdict.lines, verdict.broken, verdict.holdsExpected], [5, null, true])
  assert.deepEqual(verdict.heads, { one: one.hashes[2], other: other.hashes[1] })
  assert.equal((await verify(mixed.toSpliced(2, 1))).broken?.line, 3)
})

const TAMPERED: readonly [what: string, change: (lines: string[]) => string[], brokenLine: number][] = [
  ['a changed outcome', (l) => l.with(1, l[1]!.replace('succeeded', 'cancelled')), 3],
  ['a changed time in the first line', (l) => l.with(0, l[0]!.replace('2026', '2025')), 2],
  ['a removed line', (l) => l.toSpliced(2, 1), 3],
  ['a removed first line', (l) => l.slice(1), 1],
  ['a line twice', (l) => l.toSpliced(2, 0, l[1]!), 3],
  ['two lines changed over', (l) => l.with(1, l[2]!).with(2, l[1]!), 2],
  ['a field more', (l) => l.with(3, l[3]!.replace('{', '{"patient":"x",')), 4],
  ['another writer', (l) => l.with(2, l[2]!.replace('mri-1', 'mri-2')), 3],
]
for (const [what, change, line] of TAMPERED) {
  test(`tampering is found: ${what}`, async () => {
    assert.equal((await verify(change(chain('mri-1', 5).lines))).broken?.line, line)
  })
}

test('lines cut off the end are found by a hash that was kept elsewhere, and only by it', async () => {
  const { lines, hashes } = chain('mri-1', 5)
  const cut = lines.slice(0, 3)
  assert.equal((await verify(cut)).broken, null)
  assert.equal((await verify(cut, hashes[4]!)).holdsExpected, false)
  assert.equal((await verify(cut, hashes[2]!)).holdsExpected, true)
})

test('files of earlier versions, which name no writer, are verified too, and a torn line in them is named', async () => {
  const old = (minute: number, previous: string) => JSON.stringify({ ...record(minute), previous })
  const hashOf = (line: string) => execFileSync('sha256sum', { input: line }).toString().slice(0, 64)
  const first = old(1, '0'.repeat(64))
  const torn = '{"time":"2026-01-01T00:0'
  // The line after a torn one carries the hash of what is torn.
  const lines = [first, torn, old(2, hashOf(torn))]
  const verdict = await verify(lines)
  assert.deepEqual([verdict.lines, verdict.torn, verdict.broken], [3, [2], null])
  assert.equal((await verify(lines.with(1, `${torn}1`))).broken?.line, 3)
})

test('free text cannot enter: a record that holds some is refused', () => {
  const wrong: Partial<AuditRecord>[] = [
    { owner: 'jane@example.org' },
    { jobId: 'Doe_Jane' },
    { input: { 'Doe Jane.nii': 'a'.repeat(64) } },
    { input: { t1: 'Doe' } },
    { model: { id: '../x', sha256: 'b'.repeat(64) } },
    { outcome: { state: 'failed', fault: 'the file of Jane' as never } },
    { note: 'Jane' } as never,
  ]
  for (const change of wrong) {
    assert.throws(() => auditLine(record(1, change), 'mri-1', FIRST_PREVIOUS), { name: 'ZodError' })
  }
  auditLine(record(1, { input: null, outcome: { state: 'failed', fault: 'not-nifti' } }), 'mri-1', FIRST_PREVIOUS)
})

test('what went to and from a PACS has lines beside those of jobs, in one chain, and holds UIDs as hashes alone', async () => {
  const step = { time: '2026-01-01T00:00:00.000Z', study: 'd'.repeat(64) }
  const ids = { studyId: '22222222-2222-4222-8222-222222222222', source: 'gateway', rule: 'brain' }
  const pulled = { event: 'pulled' as const, ...step, ...ids, intake: 'e'.repeat(64), instances: 3 }
  const { text, hash } = auditLine(pulled, 'mri-1', FIRST_PREVIOUS)
  const after = auditLine(record(1), 'mri-1', hash)
  assert.equal((await verify([text, after.text])).broken, null)
  assert.equal((await verify([text.replace('"instances":3', '"instances":4'), after.text])).broken?.line, 2)
  assert.equal((await verify([text.replace('pulled', 'shown'), after.text])).broken?.line, 1)
  for (const change of [{ study: '1.2.840.1' }, { rule: 'Doe Jane' }, { patient: 'Jane' }, { jobId: ids.studyId }]) {
    assert.throws(() => auditLine({ ...pulled, ...change }, 'mri-1', FIRST_PREVIOUS), { name: 'ZodError' })
  }
})

test('any host is a writer', () => {
  for (const host of ['mri-2.clinic.example', '../mri', '-', 'ä', 'a'.repeat(300)]) {
    auditLine(record(1), auditWriter(host), FIRST_PREVIOUS)
  }
  assert.equal(auditWriter('mri-2.clinic.example'), 'mri-2.clinic.example')
})
