/** `onelabel evaluate` as it is typed, on a model and subjects whose scores a reader can work out. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { buildNifti } from './fixtures/nifti.ts'
import { makeTinyModel, tinyHead, tinyScan } from './fixtures/tiny-model.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-evaluate-'))
after(() => rmSync(folder, { recursive: true }))

const EDGE = 24
const { labels } = tinyHead(EDGE)
const labelFile = (data: Uint8Array) => buildNifti({ datatype: 2, dim: [3, EDGE, EDGE, EDGE], data })
const files = {
  't1.nii': tinyScan(EDGE),
  // Another lab's values: 10 tissue, 20 lesion; 30 is something that the model does not know.
  'truth.nii': labelFile(labels.map((label, at) => (at === 0 ? 30 : 10 * label))),
  // The head 2 mm further to the left.
  'shifted.nii': labelFile(labels.map((_, at) => 10 * (labels[at + 2] ?? 0))),
}
const hashes = Object.fromEntries(
  Object.entries(files).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
)

const subject = (name: string, truth: keyof typeof files, licenceClass: 'A' | 'B') => ({
  name,
  group: 'cubes',
  note: 'two cubes',
  licenceClass,
  kind: 'labels',
  scans: { t1: 't1.nii' },
  truth,
  grid: 't1',
  map: { 'brain tissue': '10', lesion: '15-20' },
  others: 'background',
  sha256: { 't1.nii': hashes['t1.nii'], [truth]: hashes[truth] },
})
const free = {
  ...{ name: 'free', group: 'lesion-free', note: 'not so', licenceClass: 'A', kind: 'absent' },
  ...{ scans: { t1: 't1.nii' }, absent: ['lesion'], sha256: { 't1.nii': hashes['t1.nii'] } },
}
const away = {
  ...subject('away', 'truth.nii', 'A'),
  scans: { t1: 'nowhere.nii' },
  sha256: { 'nowhere.nii': '0'.repeat(64) },
}
const subjects = [subject('exact', 'truth.nii', 'A'), subject('private', 'shifted.nii', 'B'), free, away]

const listFile = join(folder, 'list.json')
const docs = join(folder, 'docs')

before(async () => {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
  writeFileSync(listFile, JSON.stringify({ model: 'tiny', synth: {}, goals: [], subjects }))
  await makeTinyModel(join(folder, 'models'))
})

function evaluate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const places = ['--models', join(folder, 'models'), '--list', listFile, '--data', folder, '--docs', docs]
  const all = [
    join(root, 'src/cli.ts'),
    'evaluate',
    ...places,
    '--pictures',
    join(folder, 'pictures'),
    '--device',
    'cpu',
    ...args,
  ]
  return new Promise((done) => {
    execFile(process.execPath, all, { cwd: root }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr })
    })
  })
}

const resultsFile = join(docs, 'tiny/cases.jsonl')
const lines = () => readFileSync(resultsFile, 'utf8').trimEnd().split('\n')
const nameOf = (line: string): string => {
  const { name, input, flipAverage } = JSON.parse(line)
  return `${name} ${input} ${flipAverage}`
}
const lineOf = (name: string) => lines().find((line) => nameOf(line) === name)!
const caseOf = (name: string) => JSON.parse(lineOf(name))

test('it scores every subject, draws what may be shown, and writes the page', { timeout: 3_600_000 }, async () => {
  const { code, stdout, stderr } = await evaluate()
  assert.equal(code, 0, stderr)
  assert.match(stderr, /left out: away: nowhere\.nii not in the data folder/)
  assert.match(stdout, /exact \[t1\] brain tissue 1\.000 \(1\.7 of 1\.7 mL\); lesion 1\.000 \(0\.1 of 0\.1 mL\)/)

  const [tissue, lesion] = caseOf('private t1 false').scores
  // A lesion of 4³ voxels, of which 2 × 4 × 4 stay where they were.
  assert.equal(lesion.dice, 0.5)
  assert.deepEqual(lesion.lesions, { truth: 1, truthFound: 1, found: 1, foundTrue: 1, f1: 1 })
  // The head of 12³ less 4³, 1 µL each, both times.
  assert.ok(Math.abs(tissue.truthMl - 1.664) < 1e-9 && Math.abs(tissue.errorMl) < 1e-9)
  assert.equal(lesion.hd95Mm, 2)
  assert.ok(Math.abs(caseOf('free t1 false').scores[0].foundMl - 0.064) < 1e-9)

  const page = readFileSync(join(docs, 'tiny.md'), 'utf8')
  assert.match(page, /^# tiny: Two thresholds\n/)
  assert.match(page, /3 of 4 cases/)
  // Dice 1 and 0.5.
  assert.match(page, /\| cubes \| t1 \| lesion \| 2 \| 0\.750 ± 0\.250 \| 1\.0 \| 0\.0 \| 1\.000 \| – \|/)
  assert.match(page, /\| lesion-free \| t1 \| lesion \| 1 of 1 \| 0\.06 \|/)
  assert.ok(page.includes(`shifted.nii \`${hashes['shifted.nii']}\``))
  const pictures = readdirSync(join(docs, 'tiny')).filter((name) => name.endsWith('.png'))
  assert.deepEqual(pictures, ['exact.t1.png']) // of class B there is none, and in the free one there is nothing to be found
  assert.match(page, /\*worst: exact \(t1\) of “cubes”; brain tissue 1\.000, lesion 1\.000\*/)
  assert.ok(existsSync(join(folder, 'pictures', 'tiny', 'private.t1.png')))
  assert.deepEqual(lines().map(nameOf), ['exact t1 false', 'free t1 false', 'private t1 false'])
})

test('a run that was killed while it wrote a line goes on with that case', { timeout: 3_600_000 }, async () => {
  const [exact, free, last] = lines()
  writeFileSync(resultsFile, `${exact}\n${last}\n${free!.slice(0, 100)}`)
  const { code, stdout, stderr } = await evaluate()
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^3 of 3 free \[t1\].*\n(?!\d+ of)[\s\S]*tiny\.md: 3 results\n$/)
  assert.deepEqual(lines().map(nameOf), ['exact t1 false', 'free t1 false', 'private t1 false'])
  assert.deepEqual([lines()[0], lines()[2]], [exact, last])
})

test('a case that is there is not run again; flips averaged are cases of their own', {
  timeout: 3_600_000,
}, async () => {
  const before = lineOf('exact t1 false') // with the seconds that it took
  const { code, stdout } = await evaluate('--flip-average', '--cases', 'exact')
  assert.equal(code, 0)
  assert.match(stdout, /^1 of 1 exact \[t1\].*\n(?!\d+ of).*[\s\S]*tiny\.md: 4 results\n$/)
  assert.equal(lineOf('exact t1 false'), before)
  assert.equal(caseOf('exact t1 true').scores[0].dice, 1)
  assert.match((await evaluate()).stdout, /^(?!\d+ of)[\s\S]*tiny\.md: 4 results\n$/)
})

test('a card whose pipeline changed asks anew', { timeout: 3_600_000 }, async () => {
  const path = join(folder, 'models/tiny/card.json')
  const card = JSON.parse(readFileSync(path, 'utf8'))
  // The lesion of 0.064 mL is now too small to be reported.
  writeFileSync(path, JSON.stringify({ ...card, postprocess: { ...card.postprocess, minLesionMl: 0.1 } }))
  const { stdout } = await evaluate('--cases', 'exact')
  assert.match(stdout, /^1 of 1 exact .*lesion 0\.000 \(0\.0 of 0\.1 mL\).*\n[\s\S]*tiny\.md: 1 results\n$/)
  writeFileSync(path, JSON.stringify(card))
})

test('another file than the listed one is refused with both hashes', { timeout: 3_600_000 }, async () => {
  assert.equal((await evaluate('--check')).code, 0)
  writeFileSync(join(folder, 'shifted.nii'), labelFile(labels))
  const { code, stderr } = await evaluate('--check')
  assert.equal(code, 1)
  assert.match(stderr, /private: shifted\.nii has SHA-256 [0-9a-f]{64}; the list says [0-9a-f]{64}/)
})
