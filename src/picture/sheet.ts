/** What every sheet of ours has around what it shows: that it is for research alone, above; names, colours and numbers, below. */
import type { LabelSet } from '../labels/label-set.ts'
import { decimalsOf } from '../measure/decimals.ts'
import { type Canvas, type Colour, createCanvas, drawBox, drawText } from './canvas.ts'
import { ADVANCE, LINE } from './glyphs.ts'

const BANNER = 'RESEARCH USE ONLY - NOT A MEDICAL DEVICE'
const BORDER = 12
/** Pixels of a dot of the letters. */
const DOT = 2
const LINE_PIXELS = DOT * LINE + 4
const LEAST_WIDTH = 640
const WHITE = [255, 255, 255]
const YELLOW = [255, 220, 0]

export interface LegendLine {
  readonly text: string
  readonly colour?: Colour
}

/** What is shown of a result in numbers; a report of the inference is one. */
export interface Told {
  readonly labelSet: LabelSet
  readonly labels: readonly {
    readonly value: number
    /** Null where the label could not be assessed. */
    readonly volumeMl: number | null
    readonly assessable?: boolean
  }[]
  /** Figures of all lesion labels together; null where they could not be assessed. */
  readonly lesions: { readonly count: number; readonly totalMl: number; readonly largestMl: number } | null
  readonly warnings: readonly { readonly code: string }[]
  /** The volume of one voxel, which decides how many digits a volume has. */
  readonly voxelMl: number
  /** Name and version of what made it. */
  readonly maker: string
}

/** Something that is drawn with its top left at (left, top). */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly draw: (canvas: Canvas, left: number, top: number) => void
}

export function sheetOf(drawing: Drawing, legend: readonly LegendLine[]): Canvas {
  const width = Math.max(LEAST_WIDTH, BORDER + drawing.width + BORDER)
  const below = BORDER + LINE_PIXELS + drawing.height + BORDER
  const canvas = createCanvas(width, below + legend.length * LINE_PIXELS + BORDER)
  drawText(canvas, BORDER, BORDER, BANNER, DOT, YELLOW)
  drawing.draw(canvas, BORDER, BORDER + LINE_PIXELS)
  for (const [at, { text, colour }] of legend.entries()) {
    const top = below + at * LINE_PIXELS
    if (colour) drawBox(canvas, BORDER, top, DOT * 7, colour)
    const left = BORDER + (colour ? DOT * LINE + BORDER : 0)
    drawText(canvas, left, top, fitted(text, width - left - BORDER), DOT, WHITE)
  }
  return canvas
}

/** A word that is cut off could be taken for another; a line that is too long ends in points. */
export function fitted(text: string, widthPixels: number, dot: number = DOT): string {
  const most = Math.floor(widthPixels / (dot * ADVANCE))
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 3))}...`
}

export function legendOf({ labelSet, labels, lesions, warnings, voxelMl, maker }: Told): LegendLine[] {
  const millilitres = (ml: number) => millilitresOf(ml, voxelMl)
  const named = labels.flatMap(({ value, volumeMl, assessable }): LegendLine[] => {
    const label = labelSet[value]
    if (label === undefined || label.kind === 'background') return []
    const said = volumeMl === null || assessable === false ? 'not assessable' : millilitres(volumeMl)
    return [{ text: `${label.name}: ${said}`, colour: label.color }]
  })
  const found =
    lesions === null
      ? 'lesions: not assessable'
      : `lesions: ${lesions.count}, together ${millilitres(lesions.totalMl)}, largest ${millilitres(lesions.largestMl)}`
  return [
    ...named,
    { text: found },
    ...(warnings.length === 0 ? [] : [{ text: `warnings: ${warnings.map(({ code }) => code).join(', ')}` }]),
    { text: maker },
  ]
}

/** With the digits that the report has. */
export function millilitresOf(ml: number, voxelMl: number): string {
  return `${ml.toFixed(decimalsOf(voxelMl))} mL`
}
