/** A network of [N, C, …space] that is fed and read as tfjs has its values, [N, …space, C]. */
import { channelsFirst, channelsLast } from '../../../src/network/channel-order.ts'
import { float32, type Runtime, type Tensor } from '../runtime.ts'

/** Float32 tensors of three axes and more are turned; batch 1. */
export function channelsLastRuntime(runtime: Runtime): Runtime {
  return {
    ...runtime,
    async run(feeds) {
      const outputs = await runtime.run(turned(feeds, toFirst))
      return turned(outputs, toLast)
    },
  }
}

function turned(tensors: Readonly<Record<string, Tensor>>, turn: (tensor: Tensor) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.type === 'float32' && tensor.dims.length > 2 ? turn(tensor) : tensor,
    ]),
  )
}

function toFirst({ data, dims }: Tensor): Tensor {
  const to = new Float32Array(data.length)
  const [batch, ...rest] = dims
  channelsFirst(data as Float32Array, rest.at(-1)!, to)
  return float32(to, [batch!, rest.at(-1)!, ...rest.slice(0, -1)])
}

function toLast({ data, dims }: Tensor): Tensor {
  const to = new Float32Array(data.length)
  const [batch, channels, ...space] = dims as [number, number, ...number[]]
  channelsLast(data as Float32Array, channels, to)
  return float32(to, [batch, ...space, channels])
}
