/** The training step on onnxruntime's WebGPU provider, beside the same step on its CPU provider. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { noVulkan, vulkanEnvironment } from './fixtures/vulkan.ts'

const CHILD = resolve(import.meta.dirname, 'fixtures/tiny-step.ts')
/** The largest difference allowed, as a share of the largest value of each tensor. */
const MAX_DIFFERENCE = 1e-5

async function twoSteps(device: 'cpu' | 'webgpu'): Promise<Record<string, number[]>> {
  const env = { ...process.env, ...(device === 'webgpu' ? vulkanEnvironment() : {}) }
  const child = fork(CHILD, [device], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let errors = ''
  child.stderr!.on('data', (text) => {
    errors += text
  })
  let sent: Record<string, number[]> | undefined
  child.on('message', (message) => {
    sent = message as Record<string, number[]>
  })
  const [code] = await once(child, 'close')
  assert.ok(sent !== undefined, `the steps on ${device} ended with ${code}: ${errors}`)
  return sent
}

test('two steps on WebGPU give the weights and moments of two steps on the CPU', { skip: noVulkan }, async (t) => {
  const [cpu, webgpu] = [await twoSteps('cpu'), await twoSteps('webgpu')]
  assert.ok(Object.keys(cpu).length > 20)
  assert.deepEqual(Object.keys(webgpu), Object.keys(cpu))
  let worst = 0
  for (const [name, expected] of Object.entries(cpu)) {
    const scale = Math.max(...expected.map(Math.abs))
    assert.ok(scale > 0, name)
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - webgpu[name]![i]!))) / scale
    assert.ok(difference <= MAX_DIFFERENCE, `${name}: ${difference} of the largest`)
    worst = Math.max(worst, difference)
  }
  t.diagnostic(`largest difference ${worst.toExponential(1)}`)
})
