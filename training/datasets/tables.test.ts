/** What each source's label values mean. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLASS_OF_FREESURFER } from './freesurfer-codes.ts'
import { classesOf } from './labelled-subject.ts'
import { msLesionSubjects } from './ms-lesion.ts'
import { museClasses } from './nichart-cases.ts'
import { tissueOf } from './partial-volume-cases.ts'
import { pseudoT1Subjects } from './pseudo-t1.ts'
import { statedSets } from './subject.ts'

const labels = (...values: number[]) => ({
  frame: 'scan' as const,
  shape: [values.length, 1, 1] as const,
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  data: Float32Array.from(values),
})

test('FreeSurfer: white matter, cortex (three parcellations), nuclei, brain stem, ventricles, hypointensities', () => {
  const scan = labels(0, 2, 41, 3, 1035, 11175, 12101, 13, 16, 28, 251, 4, 24, 63, 77, 85)
  const expected = [0, 3, 3, 2, 2, 2, 2, 2, 3, 3, 3, 1, 1, 1, 4, 0]
  assert.deepEqual([...classesOf(scan, CLASS_OF_FREESURFER, 'refuse').data], expected)
})

test('a label that a table lacks is refused, or background where the table says that others are', () => {
  assert.throws(() => classesOf(labels(9), new Map([[1, 4]]), 'refuse'), /label 9 is not in the table/)
  assert.deepEqual([...classesOf(labels(9, 1), new Map([[1, 4]]), 'background').data], [0, 4])
})

test('MUSE: composites 601 grey, 604 white, 509 and 600 CSF, and the brain stem (35) white', () => {
  const classes = museClasses(
    '702,ICV,1,4,23,40\n600,CorticalCSF,1,,\n601,GM,23,30,\r\n604,WM,40,41,\n509,Ventricles,4,,',
  )
  assert.deepEqual(
    [...classes].sort(([a], [b]) => a - b),
    [
      [1, 1],
      [4, 1],
      [23, 2],
      [30, 2],
      [35, 3],
      [40, 3],
      [41, 3],
    ],
  )
})

test('a fraction of at least one half decides the tissue, the larger one where both reach it', () => {
  const tissue = tissueOf(labels(0.5, 0.49, 0.2, 0.5), labels(0.5 - 1e-6, 0.49, 0.8, 0.51), 1)
  assert.deepEqual([...tissue.data], [2, 0, 3, 3])
})

test('the lesion source states lesion, or everything but lesion', () => {
  const nowhere = msLesionSubjects({ dataDir: '/nonexistent', workDir: '' })
  assert.deepEqual([nowhere.subjects.length, nowhere.notes.length], [0, 1])
  assert.deepEqual(
    [
      ...statedSets(
        labels(0, 1),
        new Map([
          [0, 15],
          [1, 16],
        ]),
      ).data,
    ],
    [15, 16],
  )
  assert.throws(() => statedSets(labels(2), new Map([[0, 15]])), /label 2 has no set/)
})

test('pseudo-labelled scans that are not there are named; an unknown name is a mistake', () => {
  const { subjects, notes } = pseudoT1Subjects(['sub-01', 'sub-14'], { dataDir: '/nonexistent', workDir: '' })
  assert.equal(subjects.length, 0)
  assert.deepEqual(notes, ['sub-01: no scan in the data folder', 'sub-14: no scan in the data folder'])
  assert.throws(() => pseudoT1Subjects(['sub-99'], { dataDir: '', workDir: '' }), /sub-99; known are sub-01/)
})
