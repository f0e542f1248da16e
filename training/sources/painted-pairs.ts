/** Pairs of a real T1 and a FLAIR painted beside it, with the labels of the T1 and what was drawn into both. */
import type { Random } from '../compile/random.ts'
import { LESION, ownSet, setOf, WHITE } from '../method/label-sets.ts'
import { readVolume } from './datasets/read-volume.ts'
import type { RealSubject } from './datasets/subject.ts'
import type { StatedSubject } from './stated-subject.ts'
import { CLASS_OF_GROUP } from './synth/groups.ts'
import type { LesionShape } from './synth/lesion-shapes.ts'
import { type PaintedPairSpec, paintPair } from './synth/painted-pair.ts'
import { type RealHead, realHeadFrom } from './synth/real-head.ts'

/**
 * Where nothing is drawn a voxel is what its T1's label states, what is drawn is a lesion or, bright as it may be, white matter.
 * @param subjects T1s with tissue labels (pseudo-t1.ts); each is read once
 */
export function openPaintedPairs(
  subjects: readonly RealSubject[],
  spec: PaintedPairSpec,
): (random: Random, patient?: LesionShape) => Promise<StatedSubject> {
  const heads = new Map<string, RealHead>()
  return async (random, patient) => {
    const { name, scans, truth, sets, backgroundSet } = subjects[random.int(subjects.length)]!
    const head = heads.get(name) ?? (await readRealHead(scans.t1!, truth))
    heads.set(name, head)
    const { scans: painted, groups } = paintPair(head, spec, random, patient)
    const data = groups.map((group, v) => {
      const drawn = CLASS_OF_GROUP[group]!
      return drawn === LESION || drawn === WHITE ? setOf(drawn) : sets.get(head.given[v]!)!
    })
    return {
      name: `${name}, painted`,
      scans: painted,
      sets: { ...head.grid, data },
      backgroundSet,
      ownSet: ownSet([...sets.values(), setOf(LESION)]),
    }
  }
}

async function readRealHead(t1: string, labels: string): Promise<RealHead> {
  const given = await readVolume(labels, 'labels')
  return realHeadFrom(await readVolume(t1, 'scan'), { ...given, data: Uint8Array.from(given.data) })
}
