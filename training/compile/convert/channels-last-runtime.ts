/** A network of [N, C, …space] that is fed and read as tfjs has its values, [N, …space, C]. */
import { channelsFirst, channelsLast } from '../../../src/network/channel-order.ts'
import type { CheckRuntime, Feed, Value } from './compare.ts'

/** Float32 values of three axes and more are turned; batch 1. */
export function channelsLastRuntime(runtime: CheckRuntime): CheckRuntime {
  return {
    ...runtime,
    async run(feeds) {
      const turned = Object.entries(feeds).map(([name, feed]) => [name, isTurned(feed) ? toFirst(feed) : feed] as const)
      const outputs = Object.entries(await runtime.run(Object.fromEntries(turned)))
      return Object.fromEntries(outputs.map(([name, value]) => [name, isTurned(value) ? toLast(value) : value]))
    },
  }
}

const isTurned = ({ type, dims }: Value): boolean => type === 'float32' && dims.length > 2

function toFirst(feed: Feed): Feed {
  const to = new Float32Array(feed.data.length)
  const [batch, ...rest] = feed.dims
  channelsFirst(feed.data as Float32Array, rest.at(-1)!, to)
  return { type: 'float32', data: to, dims: [batch!, rest.at(-1)!, ...rest.slice(0, -1)] }
}

function toLast({ type, data, dims }: Value): Value {
  const to = new Float32Array(data.length)
  const [batch, channels, ...space] = dims as [number, number, ...number[]]
  channelsLast(data as Float32Array, channels, to)
  return { type, data: to, dims: [batch, ...space, channels] }
}
