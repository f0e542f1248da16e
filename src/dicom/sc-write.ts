/**
 * A label map over its scan as a Secondary Capture Image (PS3.3, A.8.1), for archives that show neither segmentations nor
 * reports. The words in the picture name no patient.
 */
import type { Canvas } from '../picture/canvas.ts'
import { montageOf, type Overlaid } from '../picture/montage.ts'
import { legendOf, sheetOf } from '../picture/sheet.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import { SC_STORAGE } from './object-names.ts'
import type { SourceSeries } from './source-series.ts'
import { type Measurements, notAssessableOf } from './sr-report.ts'
import { algorithmName, copiedHeader, lossyModule, type Making, sharedModules } from './write-modules.ts'
import { type DicomObject, writeObject } from './write-object.ts'

export interface ScInput extends Omit<Overlaid, 'notAssessable'> {
  readonly source: SourceSeries
  readonly measurements: Measurements
  readonly making: Making
}

export function writeSc(input: ScInput): DicomObject {
  const { source, making } = input
  const { width, height, data } = drawSc(input)
  const shared = sharedModules(source, making, {
    sopClassUid: SC_STORAGE,
    kind: 'sc',
    modality: 'OT',
    seriesNumber: 9003,
    seriesDescription: 'onelabel overview (research use only)',
  })
  const modules = {
    BodyPartExamined: 'BRAIN',
    ConversionType: 'WSD',
    ImageType: ['DERIVED', 'SECONDARY'],
    PatientOrientation: ['L', 'P'],
    // What is drawn names nobody (PS3.3, C.7.6.1.1: YES where it identifies the patient).
    BurnedInAnnotation: 'NO',
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: height,
    Columns: width,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    ...lossyModule(source),
  }
  return writeObject(shared, modules, copiedHeader(source, false), { byteLength: data.length, chunks: () => [data] })
}

/** Banner, slices, legend. */
export function drawSc(input: Omit<ScInput, 'source'>): Canvas {
  const { labelSet, measurements, making, labels } = input
  const montage = montageOf({ ...input, notAssessable: notAssessableOf(measurements) })
  const voxelMl = voxelVolumeMl(labels.affine)
  return sheetOf(montage, legendOf({ labelSet, ...measurements, voxelMl, maker: algorithmName(making) }))
}
