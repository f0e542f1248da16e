/**
 * Scans → the network's channels, and the way back for its label map. The only way to a Volume<'model'>: training and
 * serving both come through here.
 *
 * The first channel of the card that was sent gives the model grid (model-grid.ts), cut to its foreground; the others
 * are sampled on it through the world; each is normalised by its own foreground.
 */
import { FaultError } from '../errors.ts'
import { voxelVolumeMl } from '../volume/affine.ts'
import type { Beyond } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import { resampleTo } from '../volume/resample.ts'
import { restoreLabels } from '../volume/restore-labels.ts'
import { type Grid, type LabelVolume, type Volume, voxelCount } from '../volume/volume.ts'
import type { Warning } from '../warnings.ts'
import { headOf, headWithin } from './head.ts'
import { hear } from './hear.ts'
import { brainAlone, type KnownBrain, stripTo, ZONE } from './known-brain.ts'
import { normalize } from './normalize.ts'
import { checkOverlap } from './overlap.ts'
import { plainValues } from './plain-values.ts'
import type { PreprocessSpec } from './spec.ts'
import {
  coverageWarnings,
  cutWarnings,
  gridWarnings,
  homogeneityWarnings,
  hounsfieldWarnings,
  sizeWarnings,
} from './warnings.ts'

export interface Prepared {
  /** The model grid: RAS order, the card's spacing, cut to the head. */
  readonly grid: Grid
  /** In the card's order, all on `grid`; null = not sent. */
  readonly channels: readonly (Volume<'model'> | null)[]
  /** What is missing of the margin at each end of `grid`, in voxels: the head goes on to the end of the field of view. */
  readonly beyond: Beyond
  /** Foreground of the channel that gave the grid. */
  readonly foregroundMl: number
  /**
   * 1 where every scan that was sent is exactly 0 or shows nothing, as outside the mask of a skull stripping; 2 where the
   * nearest voxel of each is so, on the ramp that interpolation makes at the rim of the mask; else 0.
   */
  readonly silent: Uint8Array
  /** Where the brain is on `grid` (ZONE of known-brain.ts), where that was known. */
  readonly zones?: Uint8Array
  /** What a person should know about this input; the result stands all the same. */
  readonly warnings: readonly Warning[]
  /** A label map on `grid` → the same labels on `target`; exact where the grids coincide. */
  readonly restore: (labels: LabelVolume, target: Grid) => LabelVolume
}

/** The part of a card that preprocessing reads. */
export interface PreprocessCard {
  readonly channels: readonly { readonly name: string }[]
  readonly preprocess: PreprocessSpec
}

/**
 * @param scans channel name → scan, each finite and with a usable affine (the NIfTI reader sees to that)
 * @param known where the brain is, if anybody knows and the card asks for it
 * @throws FaultError 'unknown-channel', 'no-scan', 'scan-constant', 'channels-do-not-overlap'
 */
export function preprocess(
  given: ReadonlyMap<string, Volume<'scan'>>,
  card: PreprocessCard,
  known?: KnownBrain | null,
): Prepared {
  const scans = new Map([...given].map(([name, scan]) => [name, plainValues(scan)]))
  const names = card.channels.map((channel) => channel.name)
  const unknown = [...scans.keys()].filter((name) => !names.includes(name)).length
  if (unknown > 0) throw new FaultError('unknown-channel', `${unknown} unknown; channels are ${names.join(', ')}`)
  const base = names.find((name) => scans.has(name))
  if (base === undefined) throw new FaultError('no-scan', `no scan was sent; channels are ${names.join(', ')}`)

  const isWhole = (name: string): boolean => known != null && !known.stripped.has(name)
  const isCut = known?.isCut === true
  const head =
    isWhole(base) && !isCut
      ? headWithin(scans.get(base)!, card.preprocess, known!)
      : headOf(scans.get(base)!, card.preprocess, base)
  const found = known?.zonesOn(head.grid)
  const zones = isCut ? undefined : found
  const warnings: Warning[] = []
  let foregroundMl = 0
  const silent = new Uint8Array(voxelCount(head.grid.shape)).fill(1)
  const channels = names.map((name): Volume<'model'> | null => {
    const scan = scans.get(name)
    if (scan === undefined) return null
    warnings.push(...gridWarnings(scan, name), ...hounsfieldWarnings(given.get(name)!.data, name))
    warnings.push(...cutWarnings(scan.data, name))
    if (name !== base) warnings.push(...coverageWarnings(checkOverlap(head.grid, scan, name), name))
    const data = name === base ? head.data : resampleTo(scan, head.grid)
    const brain = !found || !isWhole(name) ? data : isCut ? brainAlone(found, data) : stripTo(found, data)
    if (zones === undefined || brain === data) hear(silent, scan, head.grid, data)
    else for (let at = 0; at < silent.length; at++) if (zones![at] !== ZONE.outside) silent[at] = 0
    const foreground = normalize(data, card.preprocess.normalize, name, brain)
    if (brain !== data) release(brain)
    warnings.push(...homogeneityWarnings(foreground.spread, name))
    if (name === base) {
      foregroundMl = foreground.voxels * voxelVolumeMl(head.grid.affine)
      warnings.push(...sizeWarnings(foregroundMl, name))
    }
    return { ...head.grid, frame: 'model', data }
  })
  return {
    grid: head.grid,
    channels,
    beyond: head.beyond,
    foregroundMl,
    silent,
    ...(zones && { zones }),
    warnings,
    restore: restoreFrom(head.grid),
  }
}

/** One scan as the network sees it, whatever its channel; nothing is said of it. @throws FaultError 'scan-constant' */
export function preprocessAlone(scan: Volume<'scan'>, spec: PreprocessSpec, channel: string): Volume<'model'> {
  const { grid, data } = headOf(plainValues(scan), spec, channel)
  normalize(data, spec.normalize, channel)
  return { ...grid, frame: 'model', data }
}

function restoreFrom(grid: Grid): Prepared['restore'] {
  return (labels, target) => {
    if (labels.data.length !== voxelCount(grid.shape)) {
      throw new Error(`${labels.data.length} labels for a model grid of ${grid.shape.join('×')} voxels`)
    }
    return { shape: target.shape, affine: target.affine, data: restoreLabels({ ...grid, data: labels.data }, target) }
  }
}
