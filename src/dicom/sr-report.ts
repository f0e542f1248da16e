/** What a segmentation measured, as the content of an Imaging Measurement Report (PS3.16, TID 1500). */
import type { Label, LabelSet } from '../labels/label-set.ts'
import type { Segment } from './seg-segments.ts'
import { code, container, number, segmentReference, text, uidReference } from './sr-content.ts'
import { uidOf } from './uid.ts'
import type { DataSet } from './write-attributes.ts'
import { BRAIN, type Code, codesOf, dcm, sct } from './write-codes.ts'
import { algorithmName, MANUFACTURER, type Making } from './write-modules.ts'

/** What is said about a result; a report of the inference is one. */
export interface Measurements {
  readonly labels: readonly MeasuredLabel[]
  /** Figures of all lesion labels together; null: lesions could not be assessed. */
  readonly lesions: { readonly count: number; readonly totalMl: number; readonly largestMl: number } | null
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

export interface MeasuredLabel {
  readonly value: number
  /** Null where the label could not be assessed. */
  readonly volumeMl: number | null
  readonly assessable?: boolean
}

/** The segmentation that the numbers were counted in. */
export interface ReferencedSeg {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly segments: readonly Segment[]
}

export interface ReportInput {
  readonly measurements: Measurements
  readonly labelSet: LabelSet
  /** Null where no label could be assessed. */
  readonly seg: ReferencedSeg | null
  readonly sourceSeriesUid: string
  readonly making: Making
}

const MILLILITRE: Code = { scheme: 'UCUM', value: 'mL', meaning: 'milliliter' }
const NO_UNITS: Code = { scheme: 'UCUM', value: '1', meaning: 'no units' }
const ENGLISH: Code = { scheme: 'RFC5646', value: 'en', meaning: 'English' }
const VOLUME = sct('118565006', 'Volume')
const NUMBER_OF_LESIONS = sct('246206008', 'Number of lesions')
const LESION_OF_BRAIN = sct('301766008', 'Lesion of Brain')
const DERIVATION = dcm('121401', 'Derivation')
const COMMENT = dcm('121106', 'Comment')
const NOT_ASSESSABLE = 'not assessable'
const RESEARCH_ONLY = 'Research use only; onelabel is not a medical device.'

/** The items of the root, whose concept is REPORT_TITLE. */
export function reportContent(input: ReportInput): DataSet[] {
  const { measurements, making } = input
  const byValue = new Map(input.labelSet.map((label) => [label.value, label]))
  const measured = measurements.labels.filter(({ value }) => byValue.get(value)?.kind !== 'background')
  const groups = measured.map((label) => labelGroup(label, byValue.get(label.value)!, input))
  const absent = notAssessableOf({ labels: measured }).map((value) => `${byValue.get(value)!.name}: ${NOT_ASSESSABLE}`)
  const remarks = measurements.warnings.map(({ code: name, message }) => `${name}: ${message}`)
  return [
    ...reportHead(making),
    container(dcm('126010', 'Imaging Measurements'), [...groups, lesionGroup(input)]),
    evaluations([...absent, ...remarks]),
  ]
}

export const REPORT_TITLE = dcm('126000', 'Imaging Measurement Report')

/** What stands before the contents of each report: its language, who observed, and what was done. */
export function reportHead(making: Making): DataSet[] {
  return [
    code('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), ENGLISH),
    ...deviceObserver(making),
    code('HAS CONCEPT MOD', dcm('121058', 'Procedure Reported'), sct('363679005', 'Imaging procedure')),
  ]
}

/** What is said in words, after what it must not be used for. Where there is no measurement TID 1500 asks for this alone. */
export function evaluations(remarks: readonly string[]): DataSet {
  return container(
    { scheme: 'UMLS', value: 'C0034375', meaning: 'Qualitative Evaluations' },
    [RESEARCH_ONLY, ...remarks].map((remark) => text('CONTAINS', COMMENT, remark)),
  )
}

/** Values of the labels that could not be assessed: no segment, no colour, no number. */
export function notAssessableOf({ labels }: Pick<Measurements, 'labels'>): number[] {
  return labels.filter(isNotAssessable).map(({ value }) => value)
}

function isNotAssessable({ volumeMl, assessable }: MeasuredLabel): boolean {
  return volumeMl === null || assessable === false
}

/** TID 1002 and 1004: the device is the network on this version of the software. */
function deviceObserver(making: Making): DataSet[] {
  const { model, softwareVersion } = making
  return [
    code('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
    uidReference('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), uidOf(model.sha256, 'device')),
    text('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), `${MANUFACTURER} ${softwareVersion}`),
    text('HAS OBS CONTEXT', dcm('121014', 'Device Observer Manufacturer'), MANUFACTURER),
    text('HAS OBS CONTEXT', dcm('121015', 'Device Observer Model Name'), `${model.id} ${model.version}`),
    text('HAS OBS CONTEXT', dcm('121016', 'Device Observer Serial Number'), model.sha256),
  ]
}

/** TID 1411 of a label that has a segment, TID 1501 of one that has none. */
function labelGroup(measured: MeasuredLabel, label: Label, input: ReportInput): DataSet {
  const { seg, making, sourceSeriesUid } = input
  const { category, type, region } = codesOf(label)
  const found = [
    ...tracked(label.name, `label-${label.value}`, making),
    code('CONTAINS', sct('276214006', 'Finding category'), category),
    code('CONTAINS', dcm('121071', 'Finding'), type),
  ]
  const site = region === undefined ? [] : [findingSite(region)]
  if (isNotAssessable(measured)) return group('1501', [...found, ...site, notAssessable()])
  const segment = seg?.segments.find((one) => one.label.value === label.value)
  const volume = number(VOLUME, measured.volumeMl!, MILLILITRE)
  if (seg === null || segment === undefined) return group('1501', [...found, ...site, ...method(making), volume])
  return group('1411', [
    ...found,
    segmentReference(dcm('121191', 'Referenced Segment'), seg.sopClassUid, seg.sopInstanceUid, segment.number),
    uidReference('CONTAINS', dcm('121232', 'Source series for segmentation'), sourceSeriesUid),
    ...site,
    ...method(making),
    volume,
  ])
}

/** TID 1501: how many lesions there are, of how much together, and the largest. */
function lesionGroup({ measurements: { lesions }, making }: ReportInput): DataSet {
  const found = [
    ...tracked('all lesions', 'lesions', making),
    code('CONTAINS', dcm('121071', 'Finding'), LESION_OF_BRAIN),
    findingSite(BRAIN),
  ]
  if (lesions === null) return group('1501', [...found, notAssessable()])
  const volume = (ml: number, derivation: Code) =>
    number(VOLUME, ml, MILLILITRE, [code('HAS CONCEPT MOD', DERIVATION, derivation)])
  return group('1501', [
    ...found,
    ...method(making),
    number(NUMBER_OF_LESIONS, lesions.count, NO_UNITS),
    volume(lesions.totalMl, sct('255619001', 'Total')),
    volume(lesions.largestMl, sct('56851009', 'Maximum')),
  ])
}

/** In place of a number: readers stumble over a measurement that has a name and no value. */
function notAssessable(): DataSet {
  return text('CONTAINS', COMMENT, NOT_ASSESSABLE)
}

function group(template: '1411' | '1501', content: readonly DataSet[]): DataSet {
  return container(dcm('125007', 'Measurement Group'), content, template)
}

/** TID 1500 asks for both. */
function tracked(name: string, kind: string, { intakeKey }: Making): DataSet[] {
  return [
    text('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), name),
    uidReference('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), uidOf(intakeKey, `track-${kind}`)),
  ]
}

function findingSite(region: Code): DataSet {
  return code('CONTAINS', sct('363698007', 'Finding Site'), region)
}

/** TID 4019. */
function method(making: Making): DataSet[] {
  return [
    text('CONTAINS', dcm('111001', 'Algorithm Name'), algorithmName(making)),
    text('CONTAINS', dcm('111003', 'Algorithm Version'), making.model.version),
  ]
}
