/** What the tiles on either side of a cut are both shown, in voxels along the axis that is cut; each decides a half of it. */
export function tileOverlap(tiles: { readonly contextVoxels: number; readonly multiple: number }): number {
  return tiles.multiple * Math.ceil((2 * tiles.contextVoxels) / tiles.multiple)
}
