/** How somebody likes to look, kept in the browser: nothing of it is about a patient. */
import type { LeftDrag } from './viewer.ts'

export interface Settings {
  readonly isRadiological: boolean
  readonly leftDrag: LeftDrag
  readonly opacity: number
  readonly isOutline: boolean
}

const DEFAULTS: Settings = { isRadiological: true, leftDrag: 'window', opacity: 0.5, isOutline: false }
const KEY = 'viewer'

export function readSettings(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>) }
  } catch {
    return DEFAULTS
  }
}

export function keepSettings(settings: Settings): void {
  localStorage.setItem(KEY, JSON.stringify(settings))
}
