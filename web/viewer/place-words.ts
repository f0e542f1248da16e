/** Where the crosshair is, in words: for whoever does not see the canvas, and as numbers for everybody. */
import type { ColouredLabel, Mm, Place } from './viewer.ts'

/** "12 mm left, 3 mm front, 40 mm up" of the origin that the scan states. */
export function positionWords([x, y, z]: Mm): string {
  const side = (mm: number, more: string, less: string) => `${Math.abs(mm).toFixed(0)} mm ${mm < 0 ? less : more}`
  return `${side(x, 'right', 'left')}, ${side(y, 'front', 'back')}, ${side(z, 'up', 'down')}`
}

/** @param scan what the scan under the map is called; null without one */
export function placeWords({ mm, value, label }: Place, labels: readonly ColouredLabel[], scan: string | null): string {
  const name = label === null ? null : (labels[Math.round(label)]?.name ?? `label ${label}`)
  const grey = value === null || scan === null ? null : `${scan} ${Number(value.toPrecision(4))}`
  return [positionWords(mm), name, grey].filter((part) => part !== null).join(' · ')
}
