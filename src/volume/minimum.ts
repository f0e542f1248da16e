/** The smallest value: what air looks like in an MRI, and what is put where nothing was measured. Infinite where empty. */
export function minimum(data: Float32Array): number {
  // A plain loop: Math.min(...data) has too many arguments, and an iterator takes ten times as long.
  let least = Number.POSITIVE_INFINITY
  for (let at = 0; at < data.length; at++) if (data[at]! < least) least = data[at]!
  return least
}
