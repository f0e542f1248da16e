/**
 * A folder in one of the layouts that training reads, as an evaluation list. Its label values state sets of classes
 * (method/label-sets.ts); a model is held to what they say of its labels, and to nothing else:
 *
 * - a set without background is the lowest class in it ("white matter or a lesion in it" is white matter), and the other classes
 *   of the set count as that one where the model found them;
 * - a set with background is background; where it also admits a class that is scored (WMH 2017's "other pathology"), or where the
 *   model has no label of the set, the voxel is left out.
 */
import { relative } from 'node:path'
import type { LabelSet } from '../../src/labels/label-set.ts'
import { BACKGROUND, CLASS_NAMES } from '../method/label-sets.ts'
import { type Layout, subjectsOf } from '../sources/datasets/layouts.ts'
import type { RealSubject } from '../sources/datasets/subject.ts'
import type { OwnSubject } from './own-list.ts'

/** Subjects of the folder, with paths relative to it, and a sentence for each that was left out. */
export function subjectsOfLayout(
  layout: Layout,
  folder: string,
  labels: LabelSet,
): { readonly subjects: readonly OwnSubject[]; readonly notes: readonly string[] } {
  const { subjects, notes } = subjectsOf(layout, folder, false)
  return { subjects: subjects.map((subject) => ownSubject(subject, folder, labels)), notes }
}

function ownSubject({ name, scans, truth, sets }: RealSubject, folder: string, labels: LabelSet): OwnSubject {
  const inFolder = (path: string) => relative(folder, path)
  return {
    name,
    scans: Object.fromEntries(Object.entries(scans).map(([channel, path]) => [channel, inFolder(path)])),
    truth: inFolder(truth),
    others: 'refuse',
    ...meaningOf(sets, labels),
  }
}

/**
 * What values that state sets mean in the labels of a model. @param sets label value → bit mask of classes
 * @throws where no value states a label of the model
 */
export function meaningOf(
  sets: ReadonlyMap<number, number>,
  labels: LabelSet,
): Pick<OwnSubject, 'map' | 'ignore' | 'merge' | 'score'> {
  const isKnown = (k: number) => k !== BACKGROUND && labels.some(({ name }) => name === CLASS_NAMES[k])
  const classesOf = (set: number) => CLASS_NAMES.flatMap((_, k) => ((set >> k) & 1 ? [k] : []))
  /** Class → values that are it. */
  const stated = new Map<number, number[]>()
  const mergedInto = new Map<number, number>()
  for (const [value, set] of sets) {
    const [first, ...others] = classesOf(set)
    if (first === undefined || !isKnown(first)) continue
    stated.set(first, [...(stated.get(first) ?? []), value])
    for (const other of others.filter(isKnown)) mergedInto.set(other, first)
  }
  if (stated.size === 0) {
    const names = labels.map(({ name }) => name).join(', ')
    throw new Error(`the data set states none of the model's labels: ${names}`)
  }
  const isOpen = (set: number) => classesOf(set).some((k) => stated.has(k))
  const rest = [...sets].filter(([, set]) => !stated.has(classesOf(set)[0]!))
  const background = rest.filter(([, set]) => classesOf(set)[0] === BACKGROUND && !isOpen(set))
  const ignored = rest.filter(([, set]) => classesOf(set)[0] !== BACKGROUND || isOpen(set))
  // A label that some value states by itself is that label wherever it is found.
  const merged = [...mergedInto].filter(([from]) => !stated.has(from))
  const listed = (values: readonly number[]) => values.join(', ')
  return {
    map: Object.fromEntries([
      ...[...stated].map(([k, values]) => [CLASS_NAMES[k]!, listed(values)]),
      ...(background.length > 0 ? [[labels[0]!.name, listed(background.map(([value]) => value))]] : []),
    ]),
    score: [...stated.keys()].map((k) => CLASS_NAMES[k]!),
    ...(ignored.length > 0 && { ignore: listed(ignored.map(([value]) => value)) }),
    ...(merged.length > 0 && {
      merge: Object.fromEntries(merged.map(([from, to]) => [CLASS_NAMES[from]!, CLASS_NAMES[to]!])),
    }),
  }
}
