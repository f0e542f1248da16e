/** What a file that is not NIfTI looks like, so that the refusal can say so. From its first bytes only. */

const starts = (head: Buffer, text: string, at = 0) => head.toString('latin1', at, at + text.length) === text

/** MGH: big-endian int32 version 1, then width, height, depth, frames and a type of 0..10. */
export function isMgh(head: Buffer): boolean {
  if (head.length < 24 || head.readInt32BE(0) !== 1) return false
  const sizes = [4, 8, 12, 16].map((offset) => head.readInt32BE(offset))
  const type = head.readInt32BE(20)
  return sizes.every((n) => n >= 1 && n < 65536) && type >= 0 && type <= 10
}

export function isMetaImage(head: Buffer): boolean {
  return /^(ObjectType|NDims|Comment)\s*=/.test(head.toString('latin1', 0, 64))
}

function isAnalyze(head: Buffer): boolean {
  return head.length >= 348 && (head.readInt32LE(0) === 348 || head.readInt32BE(0) === 348)
}

function isText(head: Buffer): boolean {
  return head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
}

const GZIP = 'send the .nii, or gzip it to .nii.gz'
const UNPACK = 'unpack it and send the .nii or .nii.gz in it'
const DCM2NIIX = 'convert the series first: dcm2niix -z y <folder>'
const CONVERT = 'convert it first: nibabel.save(nibabel.load(in), out.nii.gz)'
const PICTURE =
  'a scan is a volume with its place in the world; send the NIfTI or the DICOM series converted by dcm2niix'

const FORMATS: readonly (readonly [name: string, looksLike: (head: Buffer) => boolean])[] = [
  [`a DICOM file (${DCM2NIIX})`, (head) => starts(head, 'DICM', 128)],
  [`a tar archive (${UNPACK})`, (head) => starts(head, 'ustar', 257)],
  [`an Analyze 7.5 header (no orientation, no magic; ${CONVERT} and check left and right)`, isAnalyze],
  ['a FreeSurfer MGH/MGZ volume (mri_convert in.mgz out.nii.gz)', isMgh],
  ['gzip inside gzip (gunzip it once)', (head) => starts(head, '\x1f\x8b')],
  [`a bzip2 file (bunzip2 it; ${GZIP})`, (head) => /^BZh[1-9]/.test(head.toString('latin1', 0, 4))],
  [`a Zstandard file (unzstd it; ${GZIP})`, (head) => starts(head, '\x28\xb5\x2f\xfd')],
  [`an xz file (unxz it; ${GZIP})`, (head) => starts(head, '\xfd7zXZ\0')],
  [`an LZ4 file (unlz4 it; ${GZIP})`, (head) => starts(head, '\x04\x22\x4d\x18')],
  [`a 7z archive (${UNPACK})`, (head) => starts(head, '7z\xbc\xaf\x27\x1c')],
  [`a RAR archive (${UNPACK})`, (head) => starts(head, 'Rar!\x1a\x07')],
  ['an NRRD volume (save it as .nii.gz, as 3D Slicer does)', (head) => starts(head, 'NRRD')],
  ['an MRtrix image (mrconvert in.mif out.nii.gz)', (head) => starts(head, 'mrtrix image')],
  ['a MetaImage (save it as .nii.gz, as 3D Slicer does)', isMetaImage],
  ['a MINC volume (mnc2nii in.mnc out.nii)', (head) => starts(head, 'CDF\x01') || starts(head, '\x89HDF')],
  [`a PNG picture (${PICTURE})`, (head) => starts(head, '\x89PNG')],
  [`a JPEG picture (${PICTURE})`, (head) => starts(head, '\xff\xd8\xff')],
  [`a TIFF picture (${PICTURE})`, (head) => starts(head, 'II*\0') || starts(head, 'MM\0*')],
  [`a ZIP archive (${UNPACK})`, (head) => starts(head, 'PK\x03\x04') || starts(head, 'PK\x05\x06')],
  ['a PDF document', (head) => starts(head, '%PDF')],
  ['text', isText],
]

/** `head`: the first bytes of the (inflated) file, at most a NIfTI-2 header. */
export function describeForeign(head: Buffer): string {
  if (head.length === 0) return 'the file is empty'
  const format = FORMATS.find(([, looksLike]) => looksLike(head))
  if (format) return `it looks like ${format[0]}`
  return head.length < 348
    ? `it has ${head.length} bytes, a NIfTI header has 348`
    : 'its first bytes are no known format'
}
