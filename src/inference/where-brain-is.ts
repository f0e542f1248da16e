/** Where the brain is by what the tissue finder found in the scans, once they were laid on each other. */
import { brainBox } from '../quality/brain-box.ts'
import type { FoundTissue } from '../quality/tissue-finder.ts'
import { invert, multiply } from '../volume/affine.ts'
import type { Box } from '../volume/crop.ts'
import { release } from '../volume/release.ts'
import type { Grid, Volume } from '../volume/volume.ts'

/**
 * Nothing where one of the scans that are used was not looked at. What was found is read for the last time: its memory is given
 * back.
 * @param still the scans that are used, each where its head lies by now
 * @param grid of the model
 */
export function whereBrainIs(
  tissue: ReadonlyMap<string, FoundTissue>,
  asSent: ReadonlyMap<string, Volume<'scan'>>,
  still: ReadonlyMap<string, Volume<'scan'>>,
  grid: Grid,
): Box | undefined {
  const found = [...still].map(([name, { affine }]) => {
    const own = tissue.get(name)
    return own && { tissue: own, motion: multiply(affine, invert(asSent.get(name)!.affine)) }
  })
  const box = found.every((one) => one !== undefined) ? brainBox(found, grid) : null
  for (const { csf, grey, white, values } of tissue.values())
    for (const array of [csf, grey, white, values]) release(array)
  return box ?? undefined
}
