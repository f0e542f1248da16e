/**
 * A label map over its scan as a Secondary Capture Image (PS3.3, A.8.1), for archives that show neither segmentations nor
 * reports. The words in the picture name no patient.
 */
import { SC_STORAGE } from './object-names.ts'
import { type Canvas, createCanvas, drawBox, drawText } from './sc-canvas.ts'
import { ADVANCE, LINE } from './sc-glyphs.ts'
import { montageOf, type Overlaid } from './sc-montage.ts'
import type { SourceSeries } from './source-series.ts'
import { type Measurements, notAssessableOf } from './sr-report.ts'
import { algorithmName, copiedHeader, lossyModule, type Making, sharedModules } from './write-modules.ts'
import { type DicomObject, writeObject } from './write-object.ts'

const BANNER = 'RESEARCH USE ONLY - NOT A MEDICAL DEVICE'
const BORDER = 12
/** Pixels of a dot of the letters. */
const DOT = 2
const LEAST_WIDTH = 640
const WHITE = [255, 255, 255]
const YELLOW = [255, 220, 0]

export interface ScInput extends Omit<Overlaid, 'notAssessable'> {
  readonly source: SourceSeries
  readonly measurements: Measurements
  readonly making: Making
}

interface LegendLine {
  readonly text: string
  readonly colour?: readonly number[]
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
  const montage = montageOf({ ...input, notAssessable: notAssessableOf(input.measurements) })
  const width = Math.max(LEAST_WIDTH, montage.width)
  const legend = legendOf(input)
  const lineHeight = DOT * LINE + 4
  const below = BORDER + lineHeight + montage.height + BORDER
  const canvas = createCanvas(width, below + legend.length * lineHeight + BORDER)
  drawText(canvas, BORDER, BORDER, BANNER, DOT, YELLOW)
  montage.draw(canvas, BORDER + lineHeight)
  for (const [at, { text, colour }] of legend.entries()) {
    const top = below + at * lineHeight
    if (colour) drawBox(canvas, BORDER, top, DOT * 7, colour)
    const left = BORDER + (colour ? DOT * LINE + BORDER : 0)
    // A word that is cut off could be taken for another; a line that is too long ends in points.
    drawText(canvas, left, top, fitted(text, Math.floor((width - left - BORDER) / (DOT * ADVANCE))), DOT, WHITE)
  }
  return canvas
}

function legendOf({ labelSet, measurements, making }: Omit<ScInput, 'source'>): LegendLine[] {
  const labels = measurements.labels.flatMap(({ value, volumeMl, assessable }): LegendLine[] => {
    const label = labelSet[value]
    if (label === undefined || label.kind === 'background') return []
    const said = volumeMl === null || assessable === false ? 'not assessable' : millilitres(volumeMl)
    return [{ text: `${label.name}: ${said}`, colour: label.color }]
  })
  const { lesions, warnings } = measurements
  const found =
    lesions === null
      ? 'lesions: not assessable'
      : `lesions: ${lesions.count}, together ${millilitres(lesions.totalMl)}, largest ${millilitres(lesions.largestMl)}`
  return [
    ...labels,
    { text: found },
    ...(warnings.length === 0 ? [] : [{ text: `warnings: ${warnings.map(({ code }) => code).join(', ')}` }]),
    { text: algorithmName(making) },
  ]
}

function millilitres(ml: number): string {
  return `${ml.toFixed(1)} mL`
}

function fitted(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`
}
