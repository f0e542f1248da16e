/** Held to the forms that the viewers' own files have: ITK-SNAP's default labels, FreeSurferColorLUT.txt, FSLeyes' random.lut, Slicer's .ctbl. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { colourTables } from './colour-tables.ts'
import type { LabelSet } from './label-set.ts'

const labels: LabelSet = [
  { value: 0, name: 'background', kind: 'background', color: [0, 0, 0] },
  { value: 1, name: 'grey matter', kind: 'tissue', color: [255, 51, 0] },
]
const tables = colourTables(labels, 'labels')

test('each viewer has its own table', () => {
  assert.deepEqual(Object.keys(tables), ['labels.itksnap.txt', 'labels.freesurfer.txt', 'labels.lut', 'labels.ctbl'])
})

test('ITK-SNAP: index, colour, alpha, two switches, and the name in quotes', () => {
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+([01])\s+([01])\s+"(.*)"\s*$/
  const rows = tables['labels.itksnap.txt']!.split('\n').filter((text) => text !== '' && !text.startsWith('#'))
  assert.deepEqual(
    rows.map((text) => line.exec(text)?.slice(1)),
    [
      ['0', '0', '0', '0', '0', '0', '0', 'background'],
      ['1', '255', '51', '0', '1', '1', '1', 'grey matter'],
    ],
  )
})

test('FreeSurfer: six words, the name without a space, 0 for opaque', () => {
  assert.equal(
    tables['labels.freesurfer.txt'],
    '#No. Label Name: R G B A\n0 background 0 0 0 0\n1 grey_matter 255 51 0 0\n',
  )
})

test('FSLeyes: colours from 0 to 1, the rest of the line is the name, nothing of 0', () => {
  assert.equal(tables['labels.lut'], '1 1.00000 0.20000 0.00000 grey matter\n')
})

test('3D Slicer: six words, 255 for opaque', () => {
  assert.equal(
    tables['labels.ctbl'],
    '# Color table file\n# 2 values\n0 background 0 0 0 0\n1 grey_matter 255 51 0 255\n',
  )
})
