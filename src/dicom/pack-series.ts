/**
 * One series as an archive of its files, so that it goes the way of any other scan: one file, one hash. The same series gives the
 * same bytes, in whatever order and packing it came: entries by their SOP instance UIDs, not compressed, at a fixed time.
 */
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { FaultError } from '../errors.ts'
import type { DicomSeries } from './arrange-series.ts'
import { partNameOf } from './one-series.ts'
import type { Source } from './sources.ts'

/** The first time that the format can say, in whatever time zone this runs. */
const ENTRY = { mtime: new Date(1980, 0, 1), mode: 0o100600, compress: false, forceDosTimestamp: true }

/**
 * The archive, made while it is read: one file of the series is in memory at a time. Its comment says which part of the series is
 * meant, as an instance of many frames may hold others as well.
 * @param series of readContents(), whose sources are open until the archive is read
 * @throws FaultError the one of the series
 */
export function packSeries(series: DicomSeries): Readable {
  const { grid, instances } = series
  if (grid instanceof FaultError) throw grid
  const used = [...new Set(grid.planes.map(({ instance }) => instances[instance]!))]
  const zip = new ZipFile()
  for (const [n, { source }] of used.sort(bySopInstanceUid).entries())
    zip.addReadStreamLazy(`${String(n + 1).padStart(5, '0')}.dcm`, ENTRY, (give) => {
      readable(source).then(
        (stream) => give(null, stream),
        (error: unknown) => give(error, Readable.from([])),
      )
    })
  zip.end({ forceZip64Format: false, comment: partNameOf(series) })
  const archive = zip.outputStream as Readable
  zip.on('error', (error: Error) => archive.destroy(error))
  return archive
}

async function readable(source: Source): Promise<Readable> {
  return Readable.from([await source.read()])
}

function bySopInstanceUid(a: { readonly sopInstanceUid: string }, b: { readonly sopInstanceUid: string }): number {
  return a.sopInstanceUid < b.sopInstanceUid ? -1 : 1
}
