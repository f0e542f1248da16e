/** One series against the rules: what follows from its grid, and for each channel a score or the rule that rejects it. */
import { FaultError } from '../errors.ts'
import { longestEdgeMm } from '../volume/affine.ts'
import { orientationCode } from '../volume/orientation.ts'
import type { DicomSeries } from './arrange-series.ts'
import type { SeriesFacts } from './series-facts.ts'
import type { SeriesGeometry } from './series-geometry.ts'
import type { Condition, SeriesRules } from './series-rules.ts'

export interface DerivedFacts {
  /** In which the slices lie, to the nearest. */
  readonly plane: 'axial' | 'sagittal' | 'coronal'
  readonly slices: number
  /** From the first slice to the last, with their own thickness. */
  readonly coverageMm: number
  readonly largestVoxelMm: number
}

export interface Judgement {
  readonly score: number
  /** The rules that gave it. */
  readonly because: readonly string[]
  /** The rule that keeps the series from the channel; null where it may be it. */
  readonly rejectedBy: string | null
}

/** @returns a judgement for each channel of the rules */
export function judgeSeries(series: DicomSeries, rules: SeriesRules): Readonly<Record<string, Judgement>> {
  return judgeFacts(series.facts, series.grid instanceof FaultError ? undefined : derivedFacts(series.grid), rules)
}

/** As judgeSeries(). @param derived undefined: no grid is known */
export function judgeFacts(
  facts: SeriesFacts,
  derived: DerivedFacts | undefined,
  rules: SeriesRules,
): Readonly<Record<string, Judgement>> {
  const holds = (rule: Condition): boolean => meets(rule, facts, derived)
  const isModality = rules.modalities.includes(facts.modality)
  const common = isModality ? rules.reject.find(holds)?.why : `another modality than ${rules.modalities.join(', ')}`
  return Object.fromEntries(
    Object.entries(rules.channels).map(([channel, { least, reject, score }]) => {
      const held = score.filter(holds)
      const points = held.reduce((sum, rule) => sum + rule.points, 0)
      const low = points < least ? `a score of ${points}; at least ${least} is needed` : null
      const rejectedBy = common ?? reject.find(holds)?.why ?? low
      return [channel, { score: points, because: held.map(({ why }) => why), rejectedBy }]
    }),
  )
}

export function derivedFacts({ affine, shape, sliceSpacingMm }: SeriesGeometry): DerivedFacts {
  const normal = orientationCode(affine)[2]!
  return {
    plane: 'RL'.includes(normal) ? 'sagittal' : 'AP'.includes(normal) ? 'coronal' : 'axial',
    slices: shape[2],
    coverageMm: shape[2] * sliceSpacingMm,
    largestVoxelMm: longestEdgeMm(affine),
  }
}

/** `why` and `points` are no conditions; of a series without a grid nothing that follows from one holds. */
function meets(rule: Condition, facts: SeriesFacts, derived: DerivedFacts | undefined): boolean {
  const within = (range: Condition['slices'], value: number | undefined): boolean =>
    range === undefined ||
    (value !== undefined &&
      value >= (range.min ?? Number.NEGATIVE_INFINITY) &&
      value <= (range.max ?? Number.POSITIVE_INFINITY))
  const says = (pattern: RegExp | undefined, text: string): boolean =>
    pattern === undefined || pattern.test(text.slice(0, MOST_TEXT))
  const is = <T>(wanted: T | undefined, value: T | undefined): boolean => wanted === undefined || wanted === value
  return (
    says(rule.text, facts.seriesDescription || facts.protocolName) &&
    says(rule.description, facts.seriesDescription) &&
    says(rule.protocol, facts.protocolName) &&
    says(rule.sequence, facts.sequenceName) &&
    says(rule.imageType, facts.imageType.join('/')) &&
    says(rule.manufacturer, facts.manufacturer) &&
    within(rule.echoTimeMs, facts.echoTimeMs) &&
    within(rule.repetitionTimeMs, facts.repetitionTimeMs) &&
    within(rule.inversionTimeMs, facts.inversionTimeMs) &&
    within(rule.flipAngleDegrees, facts.flipAngleDegrees) &&
    is(rule.contrastAgent, facts.hasContrastAgent) &&
    is<string>(rule.acquisition, facts.acquisition) &&
    is(rule.plane, derived?.plane) &&
    within(rule.slices, derived?.slices) &&
    within(rule.coverageMm, derived?.coverageMm) &&
    within(rule.largestVoxelMm, derived?.largestVoxelMm)
  )
}

/** LO has at most 64 characters. */
const MOST_TEXT = 256
