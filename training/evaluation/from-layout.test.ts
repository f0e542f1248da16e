/** What label values that state sets mean in the labels of a model: by the words of the data sets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabelSet } from '../../src/labels/label-set.ts'
import { ANY_CLASS, BACKGROUND, CSF, GREY, LESION, setOf, WHITE } from '../method/label-sets.ts'
import { meaningOf } from './from-layout.ts'

const NAMES = ['background', 'cerebrospinal fluid', 'grey matter', 'white matter', 'white matter hyperintensity']
const KINDS = ['background', 'tissue', 'tissue', 'tissue', 'lesion'] as const
const labels: LabelSet = NAMES.map((name, value) => ({ value, name, kind: KINDS[value]!, color: [0, 0, 0] }))

test('of a lesion data set the lesions are scored, the rest is none, and what it does not evaluate is left out', () => {
  const wmh2017 = new Map([
    [0, ANY_CLASS & ~setOf(LESION)],
    [1, setOf(LESION)],
    [2, ANY_CLASS],
  ])
  assert.deepEqual(meaningOf(wmh2017, labels), {
    map: { 'white matter hyperintensity': '1', background: '0' },
    score: ['white matter hyperintensity'],
    ignore: '2',
  })
})

test('white matter that may hold lesions is white matter, and found lesions count as it', () => {
  const tissue = new Map([
    [0, setOf(BACKGROUND)],
    [1, setOf(CSF)],
    [2, setOf(GREY)],
    [3, setOf(WHITE, LESION)],
  ])
  assert.deepEqual(meaningOf(tissue, labels), {
    map: { 'cerebrospinal fluid': '1', 'grey matter': '2', 'white matter': '3', background: '0' },
    score: ['cerebrospinal fluid', 'grey matter', 'white matter'],
    merge: { 'white matter hyperintensity': 'white matter' },
  })
})

test('a lesion that has a value of its own is not merged, and two values of one class are both it', () => {
  const eight = new Map([
    [0, setOf(BACKGROUND)],
    [1, setOf(GREY)],
    [2, setOf(GREY)],
    [3, setOf(WHITE, LESION)],
    [4, setOf(LESION)],
    [7, ANY_CLASS],
  ])
  assert.deepEqual(meaningOf(eight, labels), {
    map: { 'grey matter': '1, 2', 'white matter': '3', 'white matter hyperintensity': '4', background: '0' },
    score: ['grey matter', 'white matter', 'white matter hyperintensity'],
    ignore: '7',
  })
})

test('a label that the model lacks is left out; with none of them the data set cannot be scored', () => {
  const noLesion = labels.slice(0, 4)
  const sets = new Map([
    [0, setOf(BACKGROUND)],
    [3, setOf(WHITE)],
    [4, setOf(LESION)],
  ])
  assert.deepEqual(meaningOf(sets, noLesion), {
    map: { 'white matter': '3', background: '0' },
    score: ['white matter'],
    ignore: '4',
  })
  assert.throws(() => meaningOf(new Map([[1, setOf(LESION)]]), noLesion), /states none of the model's labels/)
})
