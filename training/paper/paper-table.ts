/**
 * Table 1 of Roulet et al., "Joint Learning of Brain Lesion and Anatomy Segmentation from Heterogeneous Datasets",
 * PMLR 102 (2019), p. 407: Dice.
 */
import type { ScenarioName } from '../sources/phantom-set.ts'
import type { MethodName } from './result.ts'

export interface PaperCell {
  readonly mean: number
  readonly std: number
}

/** By scenario, label (as printed, in lower case) and method; only the methods the paper has. */
export const PAPER_TABLE: Readonly<
  Record<ScenarioName, Readonly<Record<string, Readonly<Partial<Record<MethodName, PaperCell>>>>>>
> = {
  wmh: {
    wmh: row([0.516, 0.232], [0.411, 0.294], [0.508, 0.218], [0.54, 0.245]),
    csf: row([0.694, 0.028], [0.075, 0.057], [0.721, 0.035], [0.75, 0.031]),
    gm: row([0.757, 0.035], [0.112, 0.067], [0.75, 0.029], [0.802, 0.034]),
    wm: row([0.77, 0.035], [0, 0], [0.783, 0.038], [0.807, 0.033]),
  },
  tumour: {
    edema: row([0.509, 0.228], [0.335, 0.219], [0.114, 0.126], [0.414, 0.264]),
    tumor: row([0.586, 0.143], [0, 0], [0.282, 0.252], [0.415, 0.3]),
    csf: row([0.778, 0.021], [0.002, 0.003], [0.432, 0.032], [0.779, 0.018]),
    gm: row([0.877, 0.02], [0.013, 0.011], [0.863, 0.025], [0.891, 0.013]),
    wm: row([0.874, 0.026], [0.003, 0.004], [0.846, 0.042], [0.891, 0.012]),
  },
}

type Pair = readonly [mean: number, std: number]

function row(unet: Pair, ce: Pair, dice: Pair, ace: Pair): Partial<Record<MethodName, PaperCell>> {
  const cell = ([mean, std]: Pair): PaperCell => ({ mean, std })
  return { 'multi-unet': cell(unet), 'naive-ce': cell(ce), 'naive-dice': cell(dice), ace: cell(ace) }
}

/** Our words for the paper's labels. */
const PRINTED_NAMES: Readonly<Record<string, string>> = {
  oedema: 'edema',
  tumour: 'tumor',
  'white matter hyperintensity': 'wmh',
  'cerebrospinal fluid': 'csf',
  'grey matter': 'gm',
  'gray matter': 'gm',
  'white matter': 'wm',
}

/** What the paper printed for a method and label, undefined where it has none. */
export function paperCell(scenario: ScenarioName, label: string, method: MethodName): PaperCell | undefined {
  const name = label.toLowerCase()
  return PAPER_TABLE[scenario][PRINTED_NAMES[name] ?? name]?.[method]
}
