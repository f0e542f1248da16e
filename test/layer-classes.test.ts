/**
 * docs/layer-classes.md is what the trace makes of every layer class. After a change of the trace:
 * `WRITE_DOCS=1 node --test test/layer-classes.test.ts` writes it anew.
 */
import '../training/compile/cpu-backend.ts'
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { LAYER_CASES } from './fixtures/layer-cases.ts'
import { type LayerRow, layerRow, registeredLayerClasses } from './fixtures/layer-table.ts'

const path = join(resolve(import.meta.dirname, '..'), 'docs/layer-classes.md')
const rows = new Map<string, LayerRow>()

const RANDOM = /^refused: .*random numbers would be frozen into the graph; feed them as an input$/
const READS = /^refused: a value was read while tracing/

/** While kernels are missing (kernels/refused.ts: NOT_YET) a layer may want for one, by name. */
const TRACED =
  /^traced$|kernel '\w+', called by tf\.\w+.*(it is not traced yet|is traced for stride 1)|onnxruntime refuses/

/** The layers that draw or read while they run. All others must trace. */
const REFUSED_FORWARD: Readonly<Record<string, RegExp>> = { CategoryEncoding: READS, RandomWidth: RANDOM }
const REFUSED_GRADIENT: Readonly<Record<string, RegExp>> = {
  AlphaDropout: RANDOM,
  CategoryEncoding: /^of whole numbers: none$/,
  CenterCrop: /^refused: .*gradient function not found for CropAndResize/,
  Dropout: RANDOM,
  GaussianDropout: RANDOM,
  GaussianNoise: RANDOM,
  RandomWidth: RANDOM,
  SpatialDropout1D: RANDOM,
}

before(() => tf.setBackend('cpu'))

test('every layer class of tfjs-layers has a case, and no other', () => {
  assert.deepEqual(registeredLayerClasses(), Object.keys(LAYER_CASES).sort())
})

for (const name of Object.keys(LAYER_CASES).sort()) {
  test(`${name} gives tfjs's own numbers when traced, or is refused with a reason`, async () => {
    const row = await layerRow(LAYER_CASES[name]!)
    rows.set(name, row)
    assert.match(row.forward, REFUSED_FORWARD[name] ?? TRACED)
    assert.match(row.gradient, REFUSED_GRADIENT[name] ?? TRACED)
  })
}

function page(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const lines = [...rows].map(([name, row]) => `| ${name} | ${cell(row.forward)} | ${cell(row.gradient)} |`)
  return `# Layer classes and the trace

Every layer class that tfjs-layers can make from a saved model, as \`test/layer-classes.test.ts\` found it: *forward* is
the layer outside training, *gradient* the gradient in training by its weights (by its inputs where it has none).
*Traced* means that the ONNX graph gave the numbers of tfjs's cpu backend within 1e-4 of the largest. Recurrent layers
unroll: the traced graph has one length.

| class | forward | gradient |
| --- | --- | --- |
${lines.join('\n')}
`
}

test('docs/layer-classes.md holds exactly what was found', () => {
  if (process.env['WRITE_DOCS'] === '1') writeFileSync(path, page())
  assert.equal(readFileSync(path, 'utf8'), page())
})
