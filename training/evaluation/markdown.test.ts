import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scoresOf } from './evaluate.ts'
import { evaluationSection, withSection } from './markdown.ts'
import type { CaseResult } from './result.ts'

const labels = (['background', 'tissue', 'lesion'] as const).map((kind, value) => ({
  value,
  name: kind,
  kind,
  color: [0, 0, 0] as [number, number, number],
}))

/** Voxels of 1 mL in one row; digits are labels. */
const row = (digits: string) => ({
  shape: [digits.length, 1, 1] as const,
  affine: [10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1],
  data: Uint8Array.from(digits, Number),
})

const scores = scoresOf(row('1111122000'), row('0111112020'), [1, 2], { labels })

test('Dice, volumes, their error and the lesions are those of the definitions', () => {
  // Truth 0 1 1 1 1 1 2 0 2 0; found 1 1 1 1 1 2 2 0 0 0.
  const [tissue, lesion] = scores
  assert.equal(tissue!.dice, 0.8) // 2 · 4 / (5 + 5)
  assert.deepEqual([tissue!.truthMl, tissue!.foundMl, tissue!.errorMl, tissue!.errorShare], [5, 5, 0, 0])
  assert.equal(tissue!.lesions, undefined)
  assert.equal(lesion!.dice, 0.5) // 2 · 1 / (2 + 2)
  // One of two true lesions is touched, the only one found is true: 2 · (1/2) · 1 / (3/2).
  const { f1, ...counts } = lesion!.lesions!
  assert.deepEqual(counts, { truth: 2, truthFound: 1, found: 1, foundTrue: 1 })
  assert.ok(Math.abs(f1! - 2 / 3) < 1e-12)
})

test('a label that is not in truth has no relative error', () => {
  assert.equal(scoresOf(row('02'), row('00'), [2], { labels })[0]!.errorShare, null)
})

const result: CaseResult = {
  name: 'subject',
  group: 'real',
  note: 'a row',
  licenceClass: 'A',
  input: ['t1'],
  flipAverage: false,
  model: { id: 'tiny', version: '0.0.1', sha256: 'abc' },
  device: 'cpu',
  sha256: { 'scans/t1.nii': 'def' },
  asked: '',
  seconds: 1,
  warnings: ['tilted', 'no-brain'],
  scores,
}

test('the tables hold every case, its files with their hashes, its warnings and the lesions one by one', () => {
  const picture = { which: 'worst' as const, result, file: 'tiny/subject.t1.png' }
  const of = { group: 'real', labels: ['tissue', 'lesion'] }
  const goal = { kind: 'dice' as const, text: 'both', of, atLeast: 0.7 }
  const section = evaluationSection({
    command: 'npx x',
    results: [result],
    asked: [result, { ...result, group: 'other' }],
    goals: [goal],
    pictures: [picture],
  })
  assert.match(section, /tiny 0\.0\.1, weights SHA-256 `abc`\. Made by `npx x`: 1 of 2 cases\./)
  assert.match(section, /\| both \| 0\.700 \| 0\.650 \| \*\*no\*\* \|/) // (0.8 + 0.5) / 2
  assert.match(section, /\| real \| t1 \| lesion \| 1 \| 0\.500 \| .* \| 0\.0 \| 0\.667 \| – \|/)
  assert.match(
    section,
    /\| subject \| t1 \| tissue \| 0\.800 \| .* \| 5\.0 \| 5\.0 \| \+0 % \| – \| tilted, no-brain \|/,
  )
  assert.match(section, /\| 0\.67 \(1 \/ 2, 1 \/ 1\) \| {2}\|/)
  assert.match(section, /\| subject \| A \| a row \| scans\/t1\.nii `def` \|/)
  assert.match(section, /!\[worst: subject \(t1\) of “real”\]\(tiny\/subject\.t1\.png\)/)
  assert.match(section, /\*worst: subject \(t1\) of “real”; tissue 0\.800, lesion 0\.500\*/)
})

test('the Dice of a group is a mean with its standard error', () => {
  const [tissue, lesion] = scores
  const results = [result, { ...result, name: 'another', scores: [{ ...tissue!, dice: 0.6 }, lesion!] }]
  const section = evaluationSection({ command: 'x', results, asked: results, goals: [], pictures: [] })
  // 0.8 and 0.6: a deviation of 0.1 · √2 over √2.
  assert.match(section, /\| real \| t1 \| tissue \| 2 \| 0\.700 ± 0\.100 \|/)
})

test('the section takes the place of the one before, and what stands around it stays', () => {
  const empty = { command: 'x', results: [], asked: [], goals: [], pictures: [] }
  const first = withSection('# Title\n\nWritten by hand.\n', evaluationSection(empty))
  assert.ok(first.startsWith('# Title\n\nWritten by hand.\n\n<!-- evaluation'))
  const second = withSection(`${first}\nAfter.\n`, evaluationSection({ ...empty, results: [result], asked: [result] }))
  assert.ok(second.startsWith('# Title\n\nWritten by hand.\n\n<!-- evaluation') && second.endsWith('\n\nAfter.\n'))
  assert.equal(second.split('<!-- end of evaluation -->').length, 2)
  assert.ok(second.includes('1 of 1 cases') && !second.includes('0 of 0 cases'))
})
