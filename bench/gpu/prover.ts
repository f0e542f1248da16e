/**
 * A process that holds one device to the CPU: golden cases, logits, a head, many heads. A provider that is wrong may end its
 * process; this one is for that.
 *   fork(prover.ts, [JSON of Asked])   → messages of FromProver
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { openModel } from '../../src/compute/load-models.ts'
import { segment } from '../../src/inference/segment.ts'
import { segmentFiles } from '../../src/inference/segment-files.ts'
import { agreement, goldenAgreement } from '../../src/model/golden.ts'
import { type Model, readModels } from '../../src/model/registry.ts'
import type { Device } from '../../src/network/device.ts'
import type { OpenEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { openFinder } from '../../src/quality/open-finder.ts'
import { seededRandom } from '../../training/compile/random.ts'
import { median } from '../../training/evaluation/statistics.ts'
import { syntheticHead } from '../synthetic-head.ts'
import type { Asked, Both, FromProver, ModelProof, Proof } from './proof.ts'

const LIMITS = { maxFileBytes: 2 ** 40, maxInflatedBytes: 2 ** 40, maxVoxels: 2 ** 40 }
const PATCH_RUNS = 5

/** Resolves when it is on its way. */
const send = (message: FromProver) =>
  new Promise<void>((sent) => process.send?.(message, undefined, undefined, () => sent()))
const doing = (what: string) => void send({ kind: 'doing', what })
const secondsSince = (startedMs: number) => (performance.now() - startedMs) / 1000
const asked = JSON.parse(process.argv[2] ?? '') as Asked
const folder = mkdtempSync(join(tmpdir(), 'onelabel-prove-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
process.once('disconnect', () => process.exit(1))

interface Opened {
  readonly open: OpenEngine
  readonly seconds: number
}

async function opened(model: Model, device: Device): Promise<Opened> {
  const startedMs = performance.now()
  const open = await openModel(model, { device, threads: 0 })
  return { open, seconds: secondsSince(startedMs) }
}

async function proveModel(model: Model): Promise<ModelProof> {
  const { card } = model
  doing(`${card.id}: opening it on the CPU`)
  const cpu = await opened(model, 'cpu')
  doing(`${card.id}: opening it on ${asked.device}`)
  const device = await opened(model, asked.device)
  doing(`${card.id}: golden case`)
  const maps: Uint8Array[] = []
  const goldenOn = ({ open }: Opened) =>
    goldenAgreement(model, LIMITS, async (scans) => {
      const { labels } = await segment(scans, card, open.engine)
      maps.push(labels.data)
      return labels
    })
  const golden: Both = { cpu: await goldenOn(cpu), device: await goldenOn(device) }
  const agreementWithCpu = agreement(maps[0]!, maps[1]!)
  doing(`${card.id}: patches`)
  const [onCpu, onDevice] = [await patchOn(model, cpu), await patchOn(model, device)]
  await cpu.open.close()
  await device.open.close()
  const { minAgreement } = card.golden
  return {
    ...{ id: card.id, version: card.version, minAgreement, goldenAgreement: golden, agreementWithCpu },
    largestLogitDifference: onCpu.logits.reduce((most, x, at) => Math.max(most, Math.abs(x - onDevice.logits[at]!)), 0),
    patchMs: { cpu: onCpu.ms, device: onDevice.ms },
    openSeconds: { cpu: cpu.seconds, device: device.seconds },
    isWhollyOnDevice: await isWhollyOnDevice(model),
    isMet: golden.device >= minAgreement && agreementWithCpu >= minAgreement,
  }
}

/** onnxruntime gives what a provider cannot do to the CPU without a word; here that is an error. */
async function isWhollyOnDevice({ weightsPath }: Model): Promise<boolean> {
  const extra = { session: { disable_cpu_ep_fallback: '1' } }
  const session = await InferenceSession.create(weightsPath, { executionProviders: [asked.device], extra }).catch(
    () => null,
  )
  await session?.release()
  return session !== null
}

async function patchOn({ card }: Model, { open }: Opened): Promise<{ logits: Float32Array; ms: number }> {
  const [w, h, d] = card.inference.patchVoxels
  const random = seededRandom(1)
  const patch = Float32Array.from({ length: w * h * d * card.channels.length }, () => random.normal())
  const ms: number[] = []
  let logits = new Float32Array(0)
  for (let run = 0; run < PATCH_RUNS; run++) {
    const startedMs = performance.now()
    const found = await open.engine(patch, [d, h, w])
    ms.push(performance.now() - startedMs)
    if (run === PATCH_RUNS - 1) logits = Float32Array.from(found)
  }
  return { logits, ms: median(ms) }
}

/** From file to file, as the service does it. */
async function proveHeads(model: Model): Promise<Pick<Proof, 'head' | 'batch'>> {
  const scan = join(folder, 'head.nii.gz')
  writeFileSync(scan, syntheticHead(asked.edge))
  const finder = await openFinder(0)
  const channel = model.card.channels[0]!.name
  const headOn = async ({ open }: Opened, name: string): Promise<number> => {
    const startedMs = performance.now()
    const task = { scans: { [channel]: scan }, model, outPath: join(folder, `${name}.nii.gz`), limits: LIMITS }
    await segmentFiles({ ...task, sequence: 'as-sent' }, { ...open, finder: finder.engine })
    return secondsSince(startedMs)
  }
  doing('a head on the CPU')
  const cpu = await opened(model, 'cpu')
  const cpuSeconds = await headOn(cpu, 'cpu')
  await cpu.open.close()
  doing(`a head on ${asked.device}`)
  const device = await opened(model, asked.device)
  const deviceSeconds = await headOn(device, 'device')
  doing(`${asked.heads} heads on ${asked.device}`)
  const startedMs = performance.now()
  for (let n = 0; n < asked.heads; n++) await headOn(device, 'again')
  const seconds = secondsSince(startedMs)
  await device.open.close()
  await finder.close()
  const [a, b] = await Promise.all(
    ['cpu', 'device'].map((name) => readNifti(join(folder, `${name}.nii.gz`), LIMITS, undefined, 'labels')),
  )
  return {
    head: {
      model: model.card.id,
      voxels: asked.edge ** 3,
      seconds: { cpu: cpuSeconds, device: deviceSeconds },
      ratio: deviceSeconds / cpuSeconds,
      agreementWithCpu: agreement(a!.volume.data, b!.volume.data),
    },
    batch: { heads: asked.heads, seconds, headsAMinute: (60 * asked.heads) / seconds },
  }
}

try {
  const models = await readModels(asked.modelsDir)
  const proofs: ModelProof[] = []
  for (const model of models) proofs.push(await proveModel(model))
  await send({ kind: 'proof', proof: { models: proofs, ...(await proveHeads(models[0]!)) } })
} catch (error) {
  await send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
}
process.disconnect?.()
