/** A network of [N, C, …space] that is fed and read as tfjs has its values, [N, …space, C]. */
import type { CheckRuntime, Feed, Value } from './compare.ts'

/** @param turned names of the inputs and outputs that have their channels first */
export function channelsLastRuntime(runtime: CheckRuntime, turned: ReadonlySet<string>): CheckRuntime {
  return {
    ...runtime,
    async run(feeds) {
      const given = Object.entries(feeds).map(
        ([name, feed]) => [name, turned.has(name) ? toFirst(feed) : feed] as const,
      )
      const outputs = Object.entries(await runtime.run(Object.fromEntries(given)))
      return Object.fromEntries(outputs.map(([name, value]) => [name, turned.has(name) ? toLast(value) : value]))
    },
  }
}

function toFirst(feed: Feed): Feed {
  const [batch, ...rest] = feed.dims as [number, ...number[]]
  const [space, channels] = [rest.slice(0, -1), rest.at(-1)!]
  const data = feed.data.slice()
  exchange(feed.data, data, channels, voxelsOf(space))
  return { ...feed, data, dims: [batch, channels, ...space] }
}

function toLast({ type, data, dims }: Value): Value {
  const [batch, channels, ...space] = dims as [number, number, ...number[]]
  const to = Array.from(data)
  exchange(data, to, voxelsOf(space), channels)
  return { type, data: to as ArrayLike<number | bigint>, dims: [batch, ...space, channels] }
}

const voxelsOf = (space: readonly number[]): number => space.reduce((product, size) => product * size, 1)

/** [batch, columns, rows] → [batch, rows, columns], into `to`. */
function exchange<T>(from: ArrayLike<T>, to: { [at: number]: T }, rows: number, columns: number): void {
  for (let start = 0; start < from.length; start += rows * columns)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        to[start + row * columns + column] = from[start + column * rows + row]!
}
