/**
 * The page of the description: complete, without anything that its policy forbids, and its examples run as they stand: those of curl
 * and Node against the real process with keys, a model of two thresholds, and the files that they name.
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { newKey } from '../src/security/keys.ts'
import { description } from './fixtures/contract.ts'
import { type RealService, startRealService } from './fixtures/real-service.ts'
import { makeTinyModel, tinyScan } from './fixtures/tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-examples-'))
const { key, line } = newKey('docs', randomBytes(32), { scopes: ['submit', 'admin'] })
let service: RealService
let page: string
before(async () => {
  await makeTinyModel(join(folder, 'models'), { id: 'joint-wmh' })
  writeFileSync(join(folder, 'keys'), line)
  service = await startRealService({
    ONELABEL_DATA_DIR: join(folder, 'data'),
    ONELABEL_MODELS_DIR: join(folder, 'models'),
    ONELABEL_KEYS_FILE: join(folder, 'keys'),
    ONELABEL_THREADS: '1',
  })
  await service.ready()
  page = await (await fetch(`${service.base}/docs`)).text()
  for (const name of ['t1.nii.gz', 'before.nii.gz', 'after.nii.gz']) {
    writeFileSync(join(folder, name), tinyScan(24, { gz: true }))
  }
})
after(async () => {
  await service.end('SIGTERM')
  rmSync(folder, { recursive: true })
})

const OPERATIONS = Object.values(description.paths).flatMap((item) =>
  Object.values(item).flatMap((operation) => operation.operationId ?? []),
)

function exampleOf(operationId: string, language: 'curl' | 'JavaScript' | 'Python'): string {
  const section = page.split(`<section aria-labelledby="${operationId}">`)[1]?.split('</section>')[0] ?? ''
  const code = new RegExp(`data-language="${language}">([^<]*)</pre>`).exec(section)?.[1]
  assert.ok(code !== undefined, `${operationId} has no example in ${language}`)
  return code
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

/** @returns what it printed */
async function run(operationId: string, language: 'curl' | 'JavaScript', id: string): Promise<string> {
  const env = { PATH: process.env['PATH'], BASE: service.base, KEY: key, ID: id }
  const code = exampleOf(operationId, language)
  const [program, given] =
    language === 'curl' ? ['sh', ['-c', code]] : [process.execPath, ['--input-type=module', '-e', code]]
  const { stdout } = await promisify(execFile)(program!, given as string[], { cwd: folder, env })
  return stdout
}

test('every operation is on the page, in the list of them too, and nothing that the policy forbids', () => {
  assert.ok(OPERATIONS.length > 40)
  for (const id of OPERATIONS) {
    assert.ok(page.includes(`<h2 id="${id}">`), id)
    assert.ok(page.includes(`href="#${id}"`), id)
  }
  for (const name of Object.keys(description.components.schemas)) assert.ok(page.includes(`id="schema-${name}"`), name)
  assert.doesNotMatch(page, /<script|<style|\sstyle=|\son[a-z]+=|src=|href="(https?:|\/)/)
})

test('the examples of Python are Python', { skip: pythonMissing() }, () => {
  for (const id of OPERATIONS.filter((id) => !/AtProvider$/.test(id))) {
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: exampleOf(id, 'Python') })
  }
})

/** What is done in this order works; the answers that are kept in files are looked at. */
const STORY = [
  'listModels',
  'getModel',
  'estimate',
  'createSegmentation',
  'listSegmentations',
  'getSegmentation',
  'getSegmentationEvents',
  'getLabels',
  'putCorrection',
  'getCorrection',
  'getCorrectionReport',
  'deleteCorrection',
  'deleteSegmentation',
  'live',
  'ready',
  'getSession',
  'description',
] as const

for (const language of ['curl', 'JavaScript'] as const) {
  const skip = language === 'curl' && curlMissing()
  test(`the examples in ${language} do what they say, one after the other`, { skip }, async () => {
    let id = ''
    for (const operation of STORY) {
      const printed = await run(operation, language, id)
      if (operation === 'createSegmentation') {
        assert.deepEqual([...readFileSync(join(folder, 'labels.nii.gz')).subarray(0, 2)], [0x1f, 0x8b])
        rmSync(join(folder, 'labels.nii.gz'))
      }
      if (operation === 'listSegmentations') id = JSON.parse(printed).jobs[0].id
      if (operation === 'getSegmentation') assert.equal(JSON.parse(printed).state, 'succeeded')
      if (operation === 'getSegmentationEvents') assert.match(printed, /^event: state\n/m)
      if (operation === 'getLabels')
        writeFileSync(join(folder, 'corrected.nii.gz'), readFileSync(join(folder, 'labels.nii.gz')))
      if (operation === 'putCorrection') assert.equal(JSON.parse(printed).lesions.count, 1)
      if (operation === 'description') assert.match(printed, /^openapi: 3\.1/)
    }
    assert.ok(readdirSync(folder).includes('correction.nii.gz'))
    rmSync(join(folder, 'correction.nii.gz'))
  })
}

function curlMissing(): string | false {
  return missing('curl')
}

function pythonMissing(): string | false {
  return missing('python3')
}

function missing(program: string): string | false {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return `${program} is not installed`
  }
}
