/** Arrows move as the screen shows it, in either convention; keys of the browser stay the browser's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyAction } from './keys.ts'
import { placeWords } from './place-words.ts'

const press = (key: string, more: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })
const step = (key: string, layout: 'axial' | 'sagittal', isRadiological: boolean) => {
  const action = keyAction(press(key), layout, isRadiological)
  return action?.do === 'step' ? action.voxels.map((n) => n + 0) : action
}

test('right on the screen is the left of the patient in the radiological convention', () => {
  assert.deepEqual(step('ArrowRight', 'axial', true), [-1, 0, 0])
  assert.deepEqual(step('ArrowRight', 'axial', false), [1, 0, 0])
  assert.deepEqual(step('ArrowUp', 'axial', true), [0, 1, 0])
  // In a sagittal view the nose is on the left in both conventions.
  assert.deepEqual(step('ArrowLeft', 'sagittal', true), [0, 1, 0])
  assert.deepEqual(step('ArrowLeft', 'sagittal', false), [0, 1, 0])
  assert.deepEqual(step('PageUp', 'sagittal', true), [1, 0, 0])
})

test('letters do what the help says, and nothing with Ctrl', () => {
  assert.deepEqual(keyAction(press('C'), 'planes', true), { do: 'layout', layout: 'coronal' })
  assert.equal(keyAction(press('c', { ctrlKey: true }), 'planes', true), null)
  assert.equal(keyAction(press('Tab'), 'planes', true), null)
})

test('a place is said in words', () => {
  const labels = [
    { value: 0, name: 'background', color: [0, 0, 0] },
    { value: 1, name: 'lesion', color: [255, 0, 0] },
  ] as const
  assert.equal(
    placeWords({ mm: [12.4, -3, 40], value: 101.234, label: 1 }, labels, 'FLAIR'),
    '12 mm right, 3 mm back, 40 mm up · lesion · FLAIR 101.2',
  )
  assert.equal(
    placeWords({ mm: [-1, 0, -2], value: null, label: null }, labels, null),
    '1 mm left, 0 mm front, 2 mm down',
  )
})
