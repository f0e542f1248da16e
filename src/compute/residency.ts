/**
 * Which networks lie in memory: as many as the budget allows, the least recently used goes first. The budget is of what
 * loading each was seen to cost (open-model.ts), not of all that the process holds.
 */
import { FaultError, sizeInWords } from '../errors.ts'

export interface Resident<T> {
  readonly loaded: T
  readonly memoryBytes: number
  close(): Promise<void>
}

export interface ResidencyEvent {
  readonly change: 'loaded' | 'unloaded'
  readonly id: string
  /** What this one costs. */
  readonly memoryBytes: number
  /** What all that are loaded now cost. */
  readonly residentBytes: number
}

export interface ResidencyOptions<T> {
  /** 0 = no limit. */
  readonly budgetBytes: number
  readonly load: (id: string) => Promise<Resident<T>>
  /** Before it was loaded once: the least that it must cost. */
  readonly leastBytes: (id: string) => number
  readonly tell: (event: ResidencyEvent) => void
}

export interface Residency<T> {
  /**
   * Loads it if it must, and keeps it at least until `run` has ended. One call at a time.
   * @throws FaultError model-invalid, with both numbers, when at its first load it costs more than the whole budget
   */
  use<R>(id: string, run: (loaded: T) => Promise<R>): Promise<R>
  /** Gives its memory back, if it is loaded; the next use loads it again. */
  unload(id: string): Promise<void>
}

/** Nothing is loaded before it is used. */
export function createResidency<T>({ budgetBytes, load, leastBytes, tell }: ResidencyOptions<T>): Residency<T> {
  /** The least recently used first. */
  const residents = new Map<string, Resident<T>>()
  /** The most that a load of it was seen to cost: later ones fill memory that earlier ones left, and look cheaper. */
  const costs = new Map<string, number>()

  const residentBytes = () => [...residents.keys()].reduce((sum, id) => sum + costs.get(id)!, 0)

  /** Unloads others until `id`, which may be loaded or not, fits; or until there are no others. */
  async function makeRoomFor(id: string, costBytes: number): Promise<void> {
    if (budgetBytes === 0) return
    for (const [other, resident] of residents) {
      const takenBytes = residentBytes() - (residents.has(id) ? costs.get(id)! : 0)
      if (takenBytes + costBytes <= budgetBytes) return
      if (other === id) continue
      await unload(other, resident)
    }
  }

  async function unload(id: string, resident: Resident<T>): Promise<void> {
    residents.delete(id)
    await resident.close()
    tell({ change: 'unloaded', id, memoryBytes: costs.get(id)!, residentBytes: residentBytes() })
  }

  function requireFits(id: string, costBytes: number): void {
    if (budgetBytes === 0 || costBytes <= budgetBytes) return
    const [needed, budget] = [sizeInWords(costBytes, 'up'), sizeInWords(budgetBytes, 'down')]
    const numbers = `needs ${needed} of memory; the budget of all models is ${budget}`
    throw new FaultError('model-invalid', `model ${id} ${numbers}`)
  }

  async function loadAndCount(id: string): Promise<Resident<T>> {
    const known = costs.get(id)
    if (known === undefined) requireFits(id, leastBytes(id))
    await makeRoomFor(id, known ?? leastBytes(id))
    const resident = await load(id)
    const costBytes = Math.max(known ?? 0, resident.memoryBytes)
    if (known === undefined && budgetBytes > 0 && costBytes > budgetBytes) {
      await resident.close()
      requireFits(id, costBytes)
    }
    costs.set(id, costBytes)
    residents.set(id, resident)
    await makeRoomFor(id, costBytes)
    tell({ change: 'loaded', id, memoryBytes: costBytes, residentBytes: residentBytes() })
    return resident
  }

  return {
    async use(id, run) {
      const resident = residents.get(id) ?? (await loadAndCount(id))
      residents.delete(id)
      residents.set(id, resident)
      return run(resident.loaded)
    },
    async unload(id) {
      const resident = residents.get(id)
      if (resident !== undefined) await unload(id, resident)
    },
  }
}
