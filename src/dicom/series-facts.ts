/** What a series says of itself and is chosen by. Texts are latin-1 whatever the character set is: for rules, not to be shown. */
import { SEQUENCES } from './tags.ts'
import { type Attributes, items, number, numbers, text, texts } from './values.ts'

export interface SeriesFacts {
  readonly modality: string
  readonly manufacturer: string
  readonly seriesNumber: number | undefined
  readonly seriesDescription: string
  readonly protocolName: string
  readonly sequenceName: string
  readonly imageType: readonly string[]
  readonly echoTimeMs: number | undefined
  readonly repetitionTimeMs: number | undefined
  readonly inversionTimeMs: number | undefined
  readonly flipAngleDegrees: number | undefined
  /** '2D' or '3D', where it is said. */
  readonly acquisition: string
  readonly hasContrastAgent: boolean
}

/** The facts of a series. A multi-frame instance holds them in what its frames share, or in its first frame. */
export function seriesFactsOf(attributes: Attributes): SeriesFacts {
  const groups = [
    items(attributes, SEQUENCES.SharedFunctionalGroups)[0],
    items(attributes, SEQUENCES.PerFrameFunctionalGroups)[0],
  ].filter((group) => group !== undefined)
  const within = (sequence: keyof typeof SEQUENCES): Attributes =>
    groups.map((group) => items(group, SEQUENCES[sequence])[0]).find((found) => found !== undefined) ?? attributes
  return {
    modality: text(attributes, 'Modality') ?? '',
    manufacturer: text(attributes, 'Manufacturer') ?? '',
    seriesNumber: number(attributes, 'SeriesNumber'),
    seriesDescription: text(attributes, 'SeriesDescription') ?? '',
    protocolName: text(attributes, 'ProtocolName') ?? '',
    sequenceName: text(attributes, 'SequenceName') ?? text(attributes, 'PulseSequenceName') ?? '',
    imageType: texts(attributes, 'ImageType'),
    echoTimeMs: positive(number(within('MREcho'), 'EffectiveEchoTime') ?? number(attributes, 'EchoTime')),
    repetitionTimeMs: positive(number(within('MRTiming'), 'RepetitionTime')),
    inversionTimeMs: positive(
      numbers(within('MRModifier'), 'InversionTimes')[0] ?? number(attributes, 'InversionTime'),
    ),
    flipAngleDegrees: number(within('MRTiming'), 'FlipAngle'),
    acquisition: text(attributes, 'MRAcquisitionType') ?? '',
    hasContrastAgent: isAgent(text(attributes, 'ContrastBolusAgent')),
  }
}

/** 0 is how some scanners say that there is none. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined
}

/** Some scanners write that there was none. */
function isAgent(agent: string | undefined): boolean {
  return agent !== undefined && !/^(no|none|n|without|ohne|0)\b/i.test(agent)
}
