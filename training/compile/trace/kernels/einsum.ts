/** Einstein sums: 'ij,jk->ik'. tfjs takes no ellipsis and no letter twice in one operand, and neither do we. */
import { backend_util, type Tensor } from '@tensorflow/tfjs-core'
import { lastForm } from '../value.ts'
import type { Kernel, KernelTable } from './kernel.ts'

const einsum: Kernel = (call) => {
  const values = Object.values(call.inputs)
  const equation = String(call.attrs['equation']).replaceAll(/\s/g, '')
  const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, values.length)
  // Only the shapes are looked at.
  backend_util.checkEinsumDimSizes(allDims.length, idDims, values as unknown as Tensor[])
  const sizes = new Map<string, number>()
  const [operands = '', result = ''] = equation.split('->')
  for (const [i, letters] of operands.split(',').entries())
    for (const [axis, letter] of [...letters].entries()) sizes.set(letter, values[i]!.shape[axis]!)
  if (summedDims.length + result.length !== sizes.size) throw new Error(`the equation '${equation}' is not understood`)
  const names = values.map((value) => lastForm(call.graph, value))
  const last = call.graph.node('Einsum', names, { equation })
  return { shape: [...result].map((letter) => sizes.get(letter)!), type: values[0]!.type, forms: { last } }
}

export const einsumKernels = { Einsum: einsum } satisfies KernelTable
