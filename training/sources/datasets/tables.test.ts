/** What each source's label values mean. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { msLesionSubjects } from './ms-lesion.ts'
import { pseudoT1Subjects } from './pseudo-t1.ts'
import { statedSets } from './subject.ts'

const labels = (...values: number[]) => ({
  frame: 'scan' as const,
  shape: [values.length, 1, 1] as const,
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  data: Float32Array.from(values),
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
  const { subjects, notes } = pseudoT1Subjects(['sub-01', 'sub-14'], { dataDir: '/nonexistent', workDir: '' }, false)
  assert.equal(subjects.length, 0)
  assert.deepEqual(notes, ['sub-01: no scan in the data folder', 'sub-14: no scan in the data folder'])
  assert.throws(() => pseudoT1Subjects(['sub-99'], { dataDir: '', workDir: '' }, false), /sub-99; known are sub-01/)
})
