/** What one case of the benchmark (a method, a scenario, a seed) leaves behind: `<runs>/cases/<case>.json`. */
import type { ScenarioName } from '../sources/phantom-set.ts'

/** `multi-unet-dice`, `naive-ce-dice` and `ace-dice` have the cross-entropy of the method and, as ours has, a Dice term beside it. */
export const METHODS = [
  'multi-unet',
  'multi-unet-dice',
  'multi-head',
  'naive-ce',
  'naive-dice',
  'naive-ce-dice',
  'selective',
  'ace',
  'ace-dice',
  'ace-dataset',
  'ours',
  'dropout',
  'dropout-t1',
  'dropout-flair',
] as const
export type MethodName = (typeof METHODS)[number]

const CHANNELS = ['t1', 'flair'] as const

/** What a method is shown of the test subjects; `dropout` is one network, ours trained to take T1, FLAIR or both. */
export function channelsShown(method: MethodName): readonly string[] {
  if (method === 'dropout-t1') return ['t1']
  if (method === 'dropout-flair') return ['flair']
  return CHANNELS
}

export interface SubjectScores {
  readonly name: string
  /** The label map that the subject was made of: two of one anatomy are no two people. */
  readonly anatomy: string
  /** By joint label value, background included; null where neither map has the label. */
  readonly dice: readonly (number | null)[]
  /** Null where either map lacks the label. */
  readonly hd95Mm: readonly (number | null)[]
}

export interface CaseResult {
  readonly scenario: ScenarioName
  readonly method: MethodName
  readonly seed: number
  /** Names of the joint labels, background first. */
  readonly labels: readonly string[]
  /** How many steps each network of the method is trained. */
  readonly steps: number
  readonly parameters: number
  /** Training and prediction, wall time. */
  readonly seconds: number
  readonly subjects: readonly SubjectScores[]
}
