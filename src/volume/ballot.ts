/** Weighted votes for labels 0..255, reused from voxel to voxel. */
export interface Ballot {
  readonly clear: () => void
  readonly add: (label: number, weight: number) => void
  /** The label with the most votes. Of equals, `nearest` if it is among them, else the lowest. */
  readonly winner: (nearest: number) => number
}

/** Votes that differ by rounding only are equal. */
const TIE = 1e-6

/** An empty ballot; clear() it before each voxel. */
export function createBallot(): Ballot {
  const votes = new Float64Array(256)
  const standing = new Uint8Array(256)
  let count = 0
  return {
    clear: () => {
      for (let at = 0; at < count; at++) votes[standing[at]!] = 0
      count = 0
    },
    add: (label, weight) => {
      if (weight === 0) return
      if (votes[label] === 0) standing[count++] = label
      votes[label]! += weight
    },
    winner: (nearest) => {
      let best = nearest
      for (let at = 0; at < count; at++) {
        const label = standing[at]!
        const lead = votes[label]! - votes[best]!
        if (lead > TIE || (lead >= -TIE && best !== nearest && label < best)) best = label
      }
      return best
    },
  }
}
