/**
 * What is never taken: our own results come back through the source that they are sent to, and would be computed for ever.
 * MR images alone are taken, so SEG, SR, PR, KO, SC and OT are left; and of MR nothing that we made ourselves, by the UIDs
 * that we gave it here and by the manufacturer that another installation writes.
 */
import type { SeenSeries } from './source.ts'

/** (0008,0070) of everything that we write. */
export const OUR_MANUFACTURER = 'onelabel'

export function isTaken(
  { modality, manufacturer, seriesInstanceUid }: Pick<SeenSeries, 'modality' | 'manufacturer' | 'seriesInstanceUid'>,
  ownSeries: ReadonlySet<string>,
): boolean {
  if (modality.trim() !== 'MR' || ownSeries.has(seriesInstanceUid)) return false
  return !manufacturer.trim().toLowerCase().startsWith(OUR_MANUFACTURER)
}
