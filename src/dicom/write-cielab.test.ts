import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LABEL_SET } from '../../test/fixtures/dicom-source.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { cielabOf } from './write-cielab.ts'

test('black is L 0, white L 100, neither has a hue: 0 of −128 … 127 is 32896 of 65535', () => {
  assert.deepEqual(cielabOf([0, 0, 0]), [0, 32896, 32896])
  const [l, a, b] = cielabOf([255, 255, 255])
  assert.equal(l, 65535)
  // The rows of the sRGB matrix have four digits, so white is off by a few of 65535.
  assert.ok(Math.abs(a - 32896) < 10 && Math.abs(b - 32896) < 10)
})

test('colours are those of highdicom, to 2 of 65535', { skip: pydicomMissing }, () => {
  const colours = [...LABEL_SET.map(({ color }) => color), [220, 40, 120], [0, 0, 255], [0, 255, 0], [3, 5, 9]]
  const script = `
from highdicom.color import CIELabColor
print(json.dumps([[int(v) for v in CIELabColor.from_rgb(*json.loads(a)).value] for a in args]))
`
  const theirs = pydicom(
    script,
    colours.map((colour) => JSON.stringify(colour)),
  ) as number[][]
  for (const [at, colour] of colours.entries()) {
    const off = cielabOf(colour).map((value, axis) => Math.abs(value - theirs[at]![axis]!))
    assert.ok(Math.max(...off) <= 2, `${colour}: ${off}`)
  }
})
