/** Folders and archives, whole and hostile; the archives are made by Python's zipfile. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeCases } from '../../test/fixtures/made-dicom.ts'
import { pydicom, pydicomMissing } from '../../test/fixtures/pydicom.ts'
import { DICOM_LIMITS, readDicom } from '../../test/fixtures/read-dicom.ts'
import { FaultError, type FaultKind } from '../errors.ts'

const scratch = mkdtempSync(join(tmpdir(), 'onelabel-sources-'))
after(() => rmSync(scratch, { recursive: true }))
const skip = pydicomMissing

const MAKE = `
import io, os, struct, zipfile
folder, out = args
files = sorted(os.listdir(folder))
def archive(name, entries, change=lambda data: data, method=zipfile.ZIP_DEFLATED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, 'w', method) as file:
        for entry, content in entries:
            file.writestr(entry, content)
    with open(f'{out}/{name}.zip', 'wb') as file:
        file.write(change(memory.getvalue()))
    return memory.getvalue()
whole = [(f'study/series/{name}', open(f'{folder}/{name}', 'rb').read()) for name in files]
inner = archive('whole', [('study/', b''), *whole, ('__MACOSX/._x', b'resource fork')])
archive('nested', [*whole, ('more.dcm', inner)])
archive('upwards', [*whole, ('../../SECRET', b'x')])
archive('absolute', [('/etc/SECRET', b'x')])
archive('backslash', [('a\\\\..\\\\SECRET', b'x')])
archive('deep', [('a/' * 9 + 'x', b'x')])
archive('many', [(str(n), b'x') for n in range(3001)])
archive('bomb', [('zeros', b'\\0' * 70_000_000)])
archive('bombs', [(str(n), b'\\0' * 60_000_000) for n in range(5)])
archive('cut', whole, lambda data: data[:-40])
def small(data):
    # the sizes of the central directory say 100 bytes
    at = data.index(b'PK\\x01\\x02')
    return data[:at + 24] + struct.pack('<I', 100) + data[at + 28:]
archive('lying', [('zeros', b'\\0' * 1_000_000)], small)
def locked(data):
    at = data.index(b'PK\\x01\\x02')
    return data[:at + 8] + struct.pack('<H', 1) + data[at + 10:]
archive('locked', whole[:1], locked)
archive('flipped', whole, lambda data: data[:1400] + bytes([data[1400] ^ 1]) + data[1401:], zipfile.ZIP_STORED)
archive('empty', [])
print('null')
`

const folder = skip ? '' : makeCases(['whole'], scratch).get('whole')!
if (!skip) pydicom(MAKE, [folder, scratch])

const REFUSED: readonly (readonly [archive: string, code: FaultKind, says: RegExp])[] = [
  ['nested', 'zip-refused', /an archive in it/],
  ['upwards', 'zip-refused', /leads out of the archive/],
  ['absolute', 'zip-refused', /leads out of the archive/],
  ['backslash', 'zip-refused', /leads out of the archive/],
  ['deep', 'zip-refused', /9 deep; at most 8/],
  ['many', 'zip-refused', /3001 entries; at most 3000/],
  ['bomb', 'inflated-too-large', /66\.8 MiB; at most 64 MiB/],
  ['bombs', 'inflated-too-large', /more than 256 MiB/],
  ['cut', 'zip-corrupt', /damaged/],
  ['lying', 'zip-corrupt', /damaged/],
  // one bit of a pixel, in an entry that is not compressed
  ['flipped', 'zip-corrupt', /damaged/],
  ['locked', 'zip-refused', /encrypted/],
  ['empty', 'not-dicom', /none of 0 files/],
]

for (const [archive, code, says] of REFUSED) {
  test(`an archive that is "${archive}" is refused as ${code}, and its names are not repeated`, { skip }, async () => {
    await assert.rejects(readDicom([join(scratch, `${archive}.zip`)]), (error: unknown) => {
      assert.ok(error instanceof FaultError)
      assert.equal(error.fault.kind, code)
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, /SECRET/)
      return true
    })
  })
}

test('a series in an archive is the one in the folder', { skip }, async () => {
  const [zipped, plain] = [await readDicom([join(scratch, 'whole.zip')]), await readDicom([folder])]
  assert.deepEqual(zipped.scans[0]!.scan, plain.scans[0]!.scan)
  assert.deepEqual(zipped.scans[0]!.source, plain.scans[0]!.source)
  assert.equal(zipped.contents.ignored.notDicom, 1)
})

test('files named one by one are the folder that they lie in', { skip }, async () => {
  const files = [5, 3, 0, 1, 4, 2].map((n) => join(folder, `00${n}.dcm`))
  const [named, plain] = [await readDicom(files), await readDicom([folder])]
  assert.deepEqual(named.scans[0]!.scan, plain.scans[0]!.scan)
})

test('an archive beside other files is refused, and too many, too deep or too large files are', async () => {
  const rejects = async (paths: readonly string[], limits: Partial<typeof DICOM_LIMITS>, code: FaultKind) =>
    assert.rejects(
      readDicom(paths, { ...DICOM_LIMITS, ...limits }),
      (error: unknown) => error instanceof FaultError && error.fault.kind === code,
    )
  const below = join(scratch, 'files')
  mkdirSync(join(below, 'a', 'b'), { recursive: true })
  for (const name of ['1', '2', 'a/3', 'a/b/4']) writeFileSync(join(below, name), 'text')
  await rejects([below], {}, 'not-dicom')
  await rejects([below], { maxFiles: 3 }, 'dicom-too-many-files')
  await rejects([below], { maxDepth: 1 }, 'dicom-too-many-files')
  await rejects([below], { maxFileBytes: 3 }, 'upload-too-large')
  await rejects([below], { maxTotalBytes: 15 }, 'inflated-too-large')
  writeFileSync(join(below, 'x.zip'), Buffer.from('PK\x03\x04'))
  await rejects([below], {}, 'zip-refused')
})
