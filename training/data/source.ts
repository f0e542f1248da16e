/** A source gives heads without end; which kind it is no longer matters behind this interface. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readNifti } from '../../src/nifti/read.ts'
import type { LabelVolume } from '../../src/volume/volume.ts'
import { type Random, weightedIndex } from '../compile/random.ts'
import { BACKGROUND, ownSet, STATED, type States, stateTruth } from '../method/label-sets.ts'
import { brainMaskSubjects } from '../sources/datasets/brain-masks.ts'
import { distilledSubjects } from '../sources/datasets/distilled.ts'
import { subjectsOf } from '../sources/datasets/layouts.ts'
import { TRAINING_LIMITS } from '../sources/datasets/limits.ts'
import { msLesionSubjects } from '../sources/datasets/ms-lesion.ts'
import { pseudoT1Subjects } from '../sources/datasets/pseudo-t1.ts'
import { type Folders, type RealSubject, readSubject } from '../sources/datasets/subject.ts'
import { openPaintedPairs } from '../sources/painted-pairs.ts'
import { mapsOf, phantomSubject, SUBJECTS } from '../sources/phantom-set.ts'
import type { StatedSubject } from '../sources/stated-subject.ts'
import type { Modality } from '../sources/synth/contrast.ts'
import { synthesizeHead } from '../sources/synth/head.ts'
import { type LabelMap, labelMapFrom } from '../sources/synth/label-map.ts'
import { type LesionShape, lesionShapeFrom } from '../sources/synth/lesion-shapes.ts'
import type { LesionSpec } from '../sources/synth/lesions.ts'
import { phantomHead } from '../sources/synth/phantom.ts'
import type { SourceSpec } from './spec.ts'

export interface Source {
  readonly spec: SourceSpec
  /** How many different heads there are; Infinity where each is new. */
  readonly heads: number
  /** The turn-th head of this source. */
  readonly next: (turn: number, random: Random) => Promise<StatedSubject>
}

/** The complete truth of a synthetic head, shown as a data set that states only this much would show it. */
function hide(
  head: Pick<StatedSubject, 'scans'> & { readonly truth: LabelVolume },
  states: States,
  name: string,
): StatedSubject {
  const { truth } = head
  return {
    name,
    scans: head.scans,
    sets: { ...truth, data: stateTruth(truth.data, states) },
    backgroundSet: STATED[states][BACKGROUND]!,
    ownSet: ownSet(STATED[states]),
  }
}

function drawChannels(
  sets: readonly { channels: readonly Modality[]; weight: number }[],
  random: Random,
): readonly Modality[] {
  return sets[
    weightedIndex(
      sets.map(({ weight }) => weight),
      random,
    )
  ]!.channels
}

function realSource(spec: SourceSpec, subjects: readonly RealSubject[]): Source {
  return { spec, heads: subjects.length, next: (turn) => readSubject(subjects[turn % subjects.length]!) }
}

/** Whose lesions a head has, now and then; each mask is read once. */
function patientDrawer(
  { shapes }: LesionSpec,
  masks: readonly string[],
): (random: Random) => Promise<LesionShape | undefined> {
  const patients = new Map<string, LesionShape>()
  return async (random) => {
    if (shapes === undefined || masks.length === 0 || !random.chance(shapes.chance)) return undefined
    const path = masks[random.int(masks.length)]!
    const patient = patients.get(path) ?? lesionShapeFrom((await readNifti(path, TRAINING_LIMITS)).volume, path)
    patients.set(path, patient)
    return patient
  }
}

function syntheticSource(
  spec: Extract<SourceSpec, { kind: 'synthetic' }>,
  paths: readonly string[],
  masks: readonly string[],
): Source {
  const maps = new Map<string, LabelMap>()
  const drawPatient = patientDrawer(spec.synth.lesions, masks)
  return {
    spec,
    heads: Infinity,
    next: async (_turn, random) => {
      const path = paths[random.int(paths.length)]!
      const map = maps.get(path) ?? labelMapFrom((await readNifti(path, TRAINING_LIMITS)).volume)
      maps.set(path, map)
      const channels = drawChannels(spec.channelSets, random)
      const head = synthesizeHead(map, spec.synth, channels, random, await drawPatient(random))
      return hide(head, spec.states, spec.name)
    },
  }
}

function paintedPairSource(
  spec: Extract<SourceSpec, { kind: 'painted-pair' }>,
  subjects: readonly RealSubject[],
  masks: readonly string[],
): Source {
  const draw = openPaintedPairs(subjects, spec.synth)
  const drawPatient = patientDrawer(spec.synth.lesions, masks)
  return { spec, heads: Infinity, next: async (_turn, random) => draw(random, await drawPatient(random)) }
}

function phantomSetSource(spec: Extract<SourceSpec, { kind: 'phantom-set' }>, dataDir: string): Source {
  const heads = SUBJECTS[spec.split]
  return {
    spec,
    heads,
    next: async (turn) => {
      const subject = await phantomSubject(dataDir, spec.scenario, spec.split, turn % heads)
      return hide(subject, spec.states, subject.name)
    },
  }
}

function inFolder(
  files: readonly string[],
  { dataDir }: Folders,
): { there: readonly string[]; notes: readonly string[] } {
  const isThere = (file: string) => existsSync(join(dataDir, file))
  return {
    there: files.filter(isThere).map((file) => join(dataDir, file)),
    notes: files.filter((file) => !isThere(file)).map((file) => `${file}: not in the data folder`),
  }
}

/** Opens one source. `source` is null where nothing of it is on disk; the notes say what is missing. */
export function openSource(
  spec: SourceSpec,
  folders: Folders,
): { readonly source: Source | null; readonly notes: readonly string[] } {
  switch (spec.kind) {
    case 'phantom':
      return {
        source: {
          spec,
          heads: Infinity,
          next: async (_turn, random) =>
            hide(phantomHead(spec.sizeVoxels, drawChannels(spec.channelSets, random), random), spec.states, spec.name),
        },
        notes: [],
      }
    case 'synthetic': {
      const maps = inFolder(spec.labelMaps, folders)
      const masks = inFolder(spec.synth.lesions.shapes?.masks ?? [], folders)
      const source = maps.there.length > 0 ? syntheticSource(spec, maps.there, masks.there) : null
      return { source, notes: [...maps.notes, ...masks.notes] }
    }
    case 'phantom-set': {
      const missing = mapsOf(spec.split).filter((map) => !existsSync(join(folders.dataDir, map)))
      const notes = missing.map((map) => `${map}: not in the data folder`)
      return { source: missing.length === 0 ? phantomSetSource(spec, folders.dataDir) : null, notes }
    }
    case 'folder': {
      const { subjects, notes } = subjectsOf(spec.layout, join(folders.dataDir, spec.folder), spec.literal)
      return { source: subjects.length > 0 ? realSource(spec, subjects) : null, notes }
    }
    case 'brain-mask': {
      const { subjects, notes } = brainMaskSubjects(spec.scans, spec.channel, folders)
      return { source: subjects.length > 0 ? realSource(spec, subjects) : null, notes }
    }
    case 'distilled': {
      const { subjects, notes } = distilledSubjects(spec.subjects, spec.isTumourFree, folders)
      return { source: subjects.length > 0 ? realSource(spec, subjects) : null, notes }
    }
    case 'painted-pair': {
      const { subjects, notes } = pseudoT1Subjects(spec.subjects, folders, true)
      const masks = inFolder(spec.synth.lesions.shapes?.masks ?? [], folders)
      const source = subjects.length > 0 ? paintedPairSource(spec, subjects, masks.there) : null
      return { source, notes: [...notes, ...masks.notes] }
    }
    case 'pseudo-t1':
    case 'ms-lesion': {
      const { subjects, notes } =
        spec.kind === 'ms-lesion'
          ? msLesionSubjects(folders)
          : pseudoT1Subjects(spec.subjects, folders, spec.isLesionFree)
      return { source: subjects.length > 0 ? realSource(spec, subjects) : null, notes }
    }
  }
}
