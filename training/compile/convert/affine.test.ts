import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitAffine, type Probe, textOf, valueAt } from './affine.ts'

const probe: Probe = { base: { N: 17, D: 16 }, alone: { N: 19, D: 24 }, together: { N: 23, D: 40 } }
const seen = (f: (n: number, d: number) => number) => ({
  base: f(17, 16),
  alone: { N: f(19, 16), D: f(17, 24) },
  together: f(23, 40),
})

test('a size that follows an axis is found with its slope, divisor and rest', () => {
  const forms: [string, (n: number, d: number) => number][] = [
    ['N', (n) => n],
    ['2*D', (_, d) => 2 * d],
    ['D/8', (_, d) => d / 8],
    ['D-4', (_, d) => d - 4],
    ['3*N+D+1', (n, d) => 3 * n + d + 1],
    ['(D+8)/4', (_, d) => d / 4 + 2],
  ]
  for (const [text, f] of forms) {
    const affine = fitAffine(probe, seen(f))!
    assert.equal(textOf(affine), text)
    assert.equal(valueAt(affine, { N: 2, D: 8 }), f(2, 8))
  }
})

test('a product of two axes and a rounded half are no affine form', () => {
  assert.equal(
    fitAffine(
      probe,
      seen((n, d) => n * d),
    ),
    undefined,
  )
  const odd: Probe = { base: { D: 17 }, alone: { D: 20 }, together: { D: 35 } }
  const half = (d: number) => Math.ceil(d / 2)
  assert.equal(fitAffine(odd, { base: half(17), alone: { D: half(20) }, together: half(35) }), undefined)
})
