import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_OF_LABEL, GROUPS } from './groups.ts'

/** generation_labels.npy of SynthSeg: every value that occurs in its training maps. */
const SYNTHSEG_LABELS = [
  0, 14, 15, 16, 24, 72, 85, 502, 506, 507, 508, 509, 511, 512, 514, 515, 516, 530, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13,
  17, 18, 25, 26, 28, 30, 136, 137, 41, 42, 43, 44, 46, 47, 49, 50, 51, 52, 53, 54, 57, 58, 60, 62, 163, 164,
]

const classOf = (label: number) => GROUPS[GROUP_OF_LABEL.get(label)!]!.class

test('every label of a SynthSeg training map has exactly one group, and no other label has', () => {
  assert.deepEqual(
    [...GROUP_OF_LABEL.keys()].sort((a, b) => a - b),
    SYNTHSEG_LABELS.toSorted((a, b) => a - b),
  )
  assert.equal(GROUPS.flatMap(({ labels }) => labels).length, SYNTHSEG_LABELS.length)
})

test('left and right of a FreeSurfer structure are one class', () => {
  const pairs = [
    [2, 41],
    [3, 42],
    [4, 43],
    [5, 44],
    [7, 46],
    [8, 47],
    [10, 49],
    [11, 50],
    [12, 51],
    [13, 52],
    [17, 53],
    [18, 54],
    [26, 58],
    [28, 60],
    [25, 57],
  ]
  for (const [left, right] of pairs) assert.equal(classOf(left!), classOf(right!), `${left}, ${right}`)
})

test('ventricles are CSF, cortex and nuclei grey, brain stem white, lesions lesion, the rest of the head background', () => {
  for (const label of [4, 5, 14, 15, 24]) assert.equal(classOf(label), 1)
  for (const label of [3, 8, 10, 11, 12, 13, 17, 18, 26]) assert.equal(classOf(label), 2)
  for (const label of [2, 7, 16, 28]) assert.equal(classOf(label), 3)
  assert.equal(classOf(25), 4)
  for (const label of [0, 502, 506, 507, 508, 509, 511, 512, 514, 515, 516, 530]) assert.equal(classOf(label), 0)
})
