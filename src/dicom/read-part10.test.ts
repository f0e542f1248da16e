/** Files that were cut off or changed anywhere: each is read, or refused by a code; none throws anything else, none hangs. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeCases } from '../../test/fixtures/made-dicom.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { FaultError } from '../errors.ts'
import { arrangeSeries } from './arrange-series.ts'
import { instanceOf } from './instance.ts'
import { isPart10, parsePart10 } from './read-part10.ts'
import { readSeries } from './read-series.ts'

const scratch = mkdtempSync(join(tmpdir(), 'onelabel-part10-'))
after(() => rmSync(scratch, { recursive: true }))

const LIMITS = { maxFileBytes: 1e6, maxVoxels: 1e5 }

/** The code that these bytes are refused by, null where they are read. */
async function outcome(bytes: Buffer): Promise<string | null> {
  try {
    if (!isPart10(bytes)) return 'not-dicom'
    const source = { bytes: bytes.length, read: async () => bytes }
    const [series] = arrangeSeries([instanceOf(parsePart10(bytes, LIMITS.maxFileBytes), bytes, source, 0)])
    await readSeries(series!, LIMITS)
    return null
  } catch (error) {
    if (error instanceof FaultError) return error.fault.kind
    throw error
  }
}

test('a multi-frame file that is cut off at any byte is refused by a code', { skip: pydicomMissing }, async () => {
  const folder = makeCases(['enhanced, frames shuffled'], scratch).get('enhanced, frames shuffled')!
  const whole = readFileSync(join(folder, '0.dcm'))
  assert.equal(await outcome(whole), null)
  const codes = new Map<string, number>()
  for (let end = 0; end < whole.length; end++) {
    const code = await outcome(whole.subarray(0, end))
    assert.ok(code !== null, `cut at ${end} of ${whole.length}`)
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  assert.deepEqual([...codes.keys()].sort(), ['dicom-header', 'dicom-not-image', 'dicom-truncated', 'not-dicom'])
})

test('files with bytes changed at random are read or refused by a code', { skip: pydicomMissing }, async () => {
  const names = ['whole', 'implicit', 'deflated', 'enhanced, frames shuffled']
  let seed = 22
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  let refused = 0
  for (const [name, folder] of makeCases(names, scratch)) {
    const whole = readFileSync(join(folder, name.startsWith('enhanced') ? '0.dcm' : '000.dcm'))
    for (let n = 0; n < 1500; n++) {
      const bytes = Buffer.from(whole)
      for (let change = 0; change <= random(4); change++) bytes[132 + random(bytes.length - 132)] = random(256)
      if ((await outcome(bytes)) !== null) refused++
    }
  }
  assert.ok(refused > 1500)
})
