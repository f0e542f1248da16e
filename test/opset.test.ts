/** Every node that we write, in every opset that we write: onnxruntime gives the same numbers, and ONNX's checker has nothing against it. */
import '../training/compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { seededRandom } from '../training/compile/random.ts'
import { float32, openRuntimeFromBytes } from '../training/compile/runtime.ts'
import { encodeOnnx, type OnnxGraph } from '../training/compile/trace/onnx.ts'
import { OPSET, OPSETS } from '../training/compile/trace/opset.ts'
import { onnxFaults, onnxMissing } from './fixtures/onnx-checker.ts'
import { opsetGraphs } from './fixtures/opset-graphs.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-opset-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let graphs: ReadonlyMap<string, OnnxGraph>
const expected = new Map<string, readonly number[]>()
before(async () => {
  await tf.setBackend('cpu')
  graphs = await opsetGraphs()
  for (const [name, graph] of graphs) expected.set(name, await run(graph, OPSET))
})

/** All outputs one after the other, for the same inputs each time: whole numbers 0 to 3, which may be indices, too. */
async function run(graph: OnnxGraph, opset: number): Promise<number[]> {
  const runtime = await openRuntimeFromBytes(encodeOnnx(graph, {}, opset), 'cpu', 1)
  const random = seededRandom(12)
  const feeds = graph.inputs.map(({ name, shape }) => {
    const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.int(4))
    return [name, float32(values, shape)] as const
  })
  const outputs = await runtime.run(Object.fromEntries(feeds))
  await runtime.close()
  return graph.outputs.flatMap(({ name }) => Array.from(outputs[name]!.data as ArrayLike<number>, Number))
}

const OPSETS_WRITTEN = Array.from({ length: OPSETS.most - OPSETS.least + 1 }, (_, i) => OPSETS.least + i)

test('the graphs hold what changed from opset to opset', () => {
  const ops = new Set([...graphs.values()].flatMap(({ nodes }) => nodes.map(({ op }) => op)))
  for (const op of [
    'ReduceMax',
    'ReduceMin',
    'ReduceMean',
    'ReduceProd',
    'ReduceSum',
    'Pad',
    'Split',
    'Resize',
    'Shape',
  ])
    assert.ok(ops.has(op), op)
  assert.ok(ops.size > 70, `${ops.size} operators`)
})

for (const opset of OPSETS_WRITTEN) {
  test(`opset ${opset} gives the numbers of opset ${OPSET}`, async () => {
    for (const [name, graph] of graphs) {
      const found = await run(graph, opset)
      for (const [at, value] of expected.get(name)!.entries()) {
        const isSame =
          Object.is(found[at], value) || Math.abs(found[at]! - value) <= 1e-5 * Math.max(1, Math.abs(value))
        assert.ok(isSame, `${name}: ${found[at]} at ${at}, in opset ${OPSET} ${value}`)
      }
    }
  })

  test(`opset ${opset} is what ONNX's checker takes for it`, { skip: onnxMissing }, () => {
    const names = new Map(
      [...graphs].map(([name, graph], i) => {
        const path = join(folder, `${opset}-${i}.onnx`)
        writeFileSync(path, encodeOnnx(graph, {}, opset))
        return [path, name] as const
      }),
    )
    const faults = Object.entries(onnxFaults([...names.keys()])).map(([path, fault]) => [names.get(path), fault])
    assert.deepEqual(faults, [])
  })
}

test('an opset that is not written is refused with the range of those that are', () => {
  const graph = graphs.values().next().value!
  for (const opset of [OPSETS.least - 1, OPSETS.most + 1, 17.5, Number.NaN])
    assert.throws(() => encodeOnnx(graph, {}, opset), {
      name: 'RangeError',
      message: `'${opset}' is no opset that is written; whole numbers from 16 to 26 are`,
    })
})
