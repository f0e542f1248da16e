/** Numbers as DICOM writes them in text. */

/** Decimal String: at most 16 characters (PS3.5, 6.2), as many digits as go in. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`${value} has no decimal string`)
  const exact = String(value)
  if (exact.length <= 16) return exact
  for (let digits = 15; digits > 0; digits--) {
    const rounded = String(Number(value.toPrecision(digits)))
    if (rounded.length <= 16) return rounded
  }
  throw new Error(`${value} has no decimal string of 16 characters`)
}
