/** The most memory that a process and those below it held. */
import { readFileSync } from 'node:fs'
import { treeOf } from './processes.ts'

const LOOK_EVERY_MS = 100
const KIB_A_MIB = 1024

export interface PeakMemory {
  /** How many processes were seen. */
  readonly processes: number
  /** The highest resident memory of each (VmHWM, kept by the kernel), added up, though they may not have had it at one time. */
  readonly sumOfPeaksMiB: number
  /** The highest sum of their resident memory (VmRSS) at one time that was seen; pages that they share count for each. */
  readonly peakOfSumMiB: number
}

/** Looks ten times a second until stopped. @returns stops, and says what was seen */
export function watchMemory(pid: number): () => PeakMemory {
  const highest = new Map<number, number>()
  let highestSum = 0
  const look = () => {
    let sum = 0
    for (const one of treeOf(pid)) {
      const { peak, now } = residentKib(one)
      highest.set(one, Math.max(peak, highest.get(one) ?? 0))
      sum += now
    }
    highestSum = Math.max(highestSum, sum)
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  return () => {
    clearInterval(timer)
    look()
    const sumOfPeaks = [...highest.values()].reduce((a, b) => a + b, 0)
    return {
      processes: highest.size,
      sumOfPeaksMiB: Math.round(sumOfPeaks / KIB_A_MIB),
      peakOfSumMiB: Math.round(highestSum / KIB_A_MIB),
    }
  }
}

function residentKib(pid: number): { readonly peak: number; readonly now: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
    return { peak: of('VmHWM'), now: of('VmRSS') }
  } catch {
    return { peak: 0, now: 0 } // gone between two looks
  }
}
