import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../compile/random.ts'
import { smoothField } from './smooth-field.ts'

const SHAPE = [96, 96, 96] as const
const LATTICE = 6

test('a field has the spread it was asked for', () => {
  const field = smoothField(SHAPE, LATTICE, 2.5, seededRandom(1))
  const line = new Float32Array(SHAPE[0])
  let squares = 0
  for (let k = 0; k < SHAPE[2]; k++) {
    for (let j = 0; j < SHAPE[1]; j++) {
      field.row(j, k, line)
      for (const value of line) squares += value * value
    }
  }
  // 16³ cells, neighbours correlated: a tenth is several standard errors
  const spread = Math.sqrt(squares / SHAPE[0] ** 3)
  assert.ok(Math.abs(spread - 2.5) < 0.25, `${spread}`)
})

test('a field is smooth: neighbouring voxels correlate as the spline says', () => {
  const field = smoothField(SHAPE, LATTICE, 1, seededRandom(2))
  const line = new Float32Array(SHAPE[0])
  let [products, squares] = [0, 0]
  for (let k = 0; k < SHAPE[2]; k += 8) {
    for (let j = 0; j < SHAPE[1]; j += 8) {
      field.row(j, k, line)
      for (let i = 1; i < line.length; i++) {
        products += line[i - 1]! * line[i]!
        squares += (line[i - 1]! ** 2 + line[i]! ** 2) / 2
      }
    }
  }
  // the autocovariance of a cubic B-spline series is the B-spline of degree 7:
  // b7(1/6) / b7(0) = 0.4702 / 0.4794 = 0.981
  assert.ok(Math.abs(products / squares - 0.981) < 0.01, `${products / squares}`)
})
