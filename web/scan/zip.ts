/** The files in a zip, without unpacking it whole: the central directory at its end says where they lie (APPNOTE 6.3.10). */
import { firstOf } from './inflate.ts'

export interface ZipEntry {
  readonly name: string
  readonly size: number
  /** The first bytes of the file, inflated. */
  first(most: number): Promise<Uint8Array<ArrayBuffer>>
}

const END = 0x06054b50
const ENTRY = 0x02014b50

/** Whether it begins as a zip with a file in it does. */
export async function isZip(file: Blob): Promise<boolean> {
  const bytes = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

/** @returns its files, without folders; null where the directory is not found or not of this simple kind (zip64) */
export async function zipEntries(file: Blob): Promise<readonly ZipEntry[] | null> {
  const tailAt = Math.max(0, file.size - 66_000)
  const tail = new DataView(await file.slice(tailAt).arrayBuffer())
  let end = tail.byteLength - 22
  while (end >= 0 && tail.getUint32(end, true) !== END) end--
  if (end < 0) return null
  const count = tail.getUint16(end + 10, true)
  const [length, start] = [tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)]
  if (count === 0xffff || start + length > file.size) return null
  const directory = new DataView(await file.slice(start, start + length).arrayBuffer())
  const entries: ZipEntry[] = []
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === ENTRY; ) {
    const [nameLength, extra, comment] = [28, 30, 32].map((n) => directory.getUint16(at + n, true)) as [
      number,
      number,
      number,
    ]
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, nameLength))
    const [method, packed, size] = [
      directory.getUint16(at + 10, true),
      directory.getUint32(at + 20, true),
      directory.getUint32(at + 24, true),
    ]
    const header = directory.getUint32(at + 42, true)
    if (!name.endsWith('/')) {
      entries.push({ name, size, first: (most) => firstOfEntry(file, { header, method, packed }, most) })
    }
    at += 46 + nameLength + extra + comment
  }
  return entries
}

interface Place {
  readonly header: number
  readonly method: number
  readonly packed: number
}

async function firstOfEntry(file: Blob, { header, method, packed }: Place, most: number) {
  const local = new DataView(await file.slice(header, header + 30).arrayBuffer())
  const start = header + 30 + local.getUint16(26, true) + local.getUint16(28, true)
  const data = file.slice(start, start + packed)
  if (method === 0) return new Uint8Array(await data.slice(0, most).arrayBuffer())
  return firstOf(data.stream().pipeThrough(new DecompressionStream('deflate-raw')), most)
}
