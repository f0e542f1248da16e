/** Damaged compressed images: refused or decoded to some values, never without end, and the next one is as it was. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import codecs from 'dcmjs-codecs'
import { missing, REWRITERS, rewrite } from '../../test/fixtures/dicom-peers.ts'
import { makeCases } from '../../test/fixtures/made-dicom.ts'
import { pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { FaultError } from '../errors.ts'
import { openDecoder } from './decoder.ts'
import { encapsulatedFrame } from './encapsulated.ts'
import { pixelFormatOf } from './pixel-format.ts'
import { parsePart10 } from './read-part10.ts'
import type { Codec } from './transfer-syntaxes.ts'

const scratch = mkdtempSync(join(tmpdir(), 'onelabel-decoder-'))
after(() => rmSync(scratch, { recursive: true }))

test('an image that the decoder never ends is given up, and says so', async (t) => {
  const decoder = openDecoder(1)
  t.after(() => decoder.close())
  // A JPEG frame header of 2 × 2 and an end; no thread starts within a millisecond.
  const bytes = Uint8Array.of(0xff, 0xd8, 0xff, 0xc3, 0, 11, 8, 0, 2, 0, 2, 1, 1, 0x11, 0, 0xff, 0xd9)
  const sizes = { rows: 2, columns: 2, frames: 1, bitsAllocated: 8, bitsStored: 8, highBit: 7 } as const
  const format = { ...sizes, isSigned: false, isInverted: false, padding: null }
  await assert.rejects(decoder.decode({ bytes, packing: 'jpeg', format }), /was not decoded within 0\.001 s/)
})

for (const name of ['JPEG lossless SV1 (dcmtk)', 'JPEG-LS (dcmtk)', 'JPEG 2000 (GDCM)']) {
  const skip = pydicomMissing || missing('dcmcjpeg', 'dcmcjpls', 'gdcmconv')
  test(`${name}: a size that differs from that of the header is refused, and so is half an image`, {
    skip,
  }, async (t) => {
    const from = makeCases(['whole'], scratch).get('whole')!
    const to = join(scratch, name.replace(/\W/g, '-'))
    rewrite([join(from, '000.dcm')], to, REWRITERS[name]!)
    const part = parsePart10(readFileSync(join(to, readdirSync(to)[0]!)), 1e6)
    const format = pixelFormatOf(part)
    const bytes = encapsulatedFrame(part.dataSet, part.dataSet.elements['x7fe00010']!, 0, 1)
    const packing = part.syntax.packing as Codec
    const decoder = openDecoder()
    t.after(() => decoder.close())
    const whole = await decoder.decode({ bytes, packing, format })
    assert.equal(whole.length, format.rows * format.columns * 2)
    const refused = (error: unknown) => error instanceof FaultError && error.fault.kind === 'dicom-pixels'
    await assert.rejects(decoder.decode({ bytes, packing, format: { ...format, rows: 4 * format.rows } }), refused)
    await assert.rejects(decoder.decode({ bytes: bytes.subarray(0, bytes.length / 2), packing, format }), refused)
    assert.deepEqual(await decoder.decode({ bytes, packing, format }), whole)
  })
}

test('HTJ2K, which no other program here writes, gives back what the library itself packed', async (t) => {
  await codecs.NativeCodecs.initializeAsync({})
  const sizes = { rows: 48, columns: 64, frames: 1, bitsAllocated: 16, bitsStored: 12, highBit: 11 } as const
  const format = { ...sizes, isSigned: false, isInverted: false, padding: null }
  const values = Uint16Array.from({ length: 48 * 64 }, (_, at) => (at * 37 + (at >> 6) * 11) % 4096)
  const context = new codecs.Context({
    ...{ width: 64, height: 48, bitsAllocated: 16, bitsStored: 12, samplesPerPixel: 1, pixelRepresentation: 0 },
    ...{
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      decodedBuffer: new Uint8Array(values.buffer),
    },
  })
  const bytes = codecs.NativeCodecs.encodeHtJpeg2000(context, { lossy: false, progressionOrder: 2 }).getEncodedBuffer()!
  const decoder = openDecoder()
  t.after(() => decoder.close())
  assert.deepEqual(await decoder.decode({ bytes, packing: 'htj2k', format }), new Uint8Array(values.buffer))
})
