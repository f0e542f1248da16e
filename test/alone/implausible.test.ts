/** A whole head through the bundled network, right and with its intensities turned round: strict tells them apart. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { segmentFiles } from '../../src/inference/segment-files.ts'
import { type Model, readModels } from '../../src/model/registry.ts'
import { type OpenEngine, openEngine } from '../../src/network/ort.ts'
import { readNifti } from '../../src/nifti/read.ts'
import { openFinder } from '../../src/quality/open-finder.ts'
import { faultOf } from '../fixtures/fault.ts'
import { buildNifti } from '../fixtures/nifti.ts'
import { DATA_DIR } from '../fixtures/real-scans.ts'

const FLAIR = join(DATA_DIR, 'heads/neurolabusc__py_synthsr/FLAIR.nii.gz')
const skip = existsSync(FLAIR) ? false : `no scans in ${DATA_DIR}`
const limits = { maxFileBytes: 2 ** 28, maxInflatedBytes: 2 ** 30, maxVoxels: 2 ** 27 }
const folder = mkdtempSync(join(tmpdir(), 'onelabel-implausible-'))

let model: Model
let open: OpenEngine
before(async () => {
  model = (await readModels(resolve(import.meta.dirname, '../../models'))).find(({ card }) => card.isDefault)!
  open = await openEngine(model.weightsPath, model.card, { device: 'cpu', threads: 0 })
})
after(async () => {
  await open.close()
  rmSync(folder, { recursive: true })
})

const strictly = (flair: string, finder?: OpenEngine['engine']) => {
  const networks = { ...open, ...(finder && { finder }) }
  return segmentFiles(
    { scans: { flair }, model, outPath: join(folder, 'labels.nii.gz'), limits, strict: true },
    networks,
  )
}

test('a FLAIR of a whole head passes, its brain found first as in the service', { skip }, async () => {
  const finder = await openFinder(0)
  const { warnings } = await strictly(FLAIR, finder.engine)
  await finder.close()
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['low-reliability'],
  )
})

test('with bright air, neck and air are called brain: litres of it, and no result', { skip }, async () => {
  const { volume } = await readNifti(FLAIR, limits)
  const most = volume.data.reduce((largest, value) => Math.max(largest, value), 0)
  const turned = join(folder, 'turned.nii')
  writeFileSync(
    turned,
    buildNifti({
      dim: [3, ...volume.shape],
      srow: volume.affine.slice(0, 12),
      sformCode: 1,
      data: volume.data.map((value) => most - value),
    }),
  )
  await assert.rejects(strictly(turned), faultOf('implausible-result', /[23]\d{3} mL are labelled .*\(implausible\)/))
})
