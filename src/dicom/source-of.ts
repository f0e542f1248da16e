/** What is kept of a series that was read: source-series.ts. */
import type { DicomSeries } from './arrange-series.ts'
import type { SeriesGeometry } from './series-geometry.ts'
import type { RawElement, SourceSeries, SourceSlice } from './source-series.ts'
import { uidOf } from './uid.ts'

export function sourceSeriesOf(series: DicomSeries, grid: SeriesGeometry, header: readonly RawElement[]): SourceSeries {
  const { studyInstanceUid, seriesInstanceUid, instances } = series
  const first = grid.planes[0]!
  const instance = instances[first.instance]!
  const lossy = grid.planes.map((plane) => instances[plane.instance]!.lossy).find((found) => found !== undefined)
  return {
    ...{ studyInstanceUid, seriesInstanceUid, sopClassUid: instance.sopClassUid },
    // A series that states no frame of reference gets one of its own: it joins nothing, and what is written needs one.
    frameOfReferenceUid: series.frameOfReferenceUid ?? uidOf(seriesInstanceUid, 'frame of reference'),
    shape: grid.shape,
    orientationLps: first.orientation,
    pixelSpacingMm: first.pixelSpacingMm,
    sliceSpacingMm: grid.sliceSpacingMm,
    ...(first.sliceThicknessMm !== undefined && { sliceThicknessMm: first.sliceThicknessMm }),
    slices: grid.planes.map(
      ({ sopInstanceUid, isFrame, frame, tile, positionLpsMm }): SourceSlice => ({
        sopInstanceUid,
        ...(isFrame && { frameNumber: frame + 1 }),
        ...(tile && { tile: tile.index }),
        positionLpsMm,
      }),
    ),
    header,
    ...(lossy && { lossy }),
  }
}
