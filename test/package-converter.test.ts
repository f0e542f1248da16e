/**
 * The converter as its package: packed, unpacked into an empty project, and used there by command, by program and in Chromium. What
 * it depends on is that of this checkout.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { layers, sequential } from '@tensorflow/tfjs-layers'
import '../training/compile/cpu-backend.ts'
import { saveModel } from '../training/compile/model-files.ts'
import { noChromium, openPage } from './fixtures/chromium.ts'
import { until } from './fixtures/service.ts'

const root = resolve(import.meta.dirname, '..')
const source = join(root, 'packages/tfjs-to-onnx')
const project = await mkdtemp(join(tmpdir(), 'tfjs-to-onnx-'))
const installed = join(project, 'node_modules/tfjs-to-onnx')
const run = promisify(execFile)
const inProject = (script: string) =>
  run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
  }).then(({ stdout }) => stdout)

before(async () => {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts=false', '--pack-destination', project], {
    cwd: source,
  })
  await mkdir(installed, { recursive: true })
  await run('tar', ['xzf', join(project, stdout.trim().split('\n').at(-1)!), '-C', installed, '--strip-components=1'])
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '.bin') await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name))
  await writeFile(join(project, 'package.json'), '{"name":"empty","private":true}')
  await tf.setBackend('cpu')
  const inputShape = [8, 8, 2]
  const convolution = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', inputShape })
  const network = sequential({ layers: [convolution, layers.flatten(), layers.dense({ units: 3 })] })
  await saveModel(network, join(project, 'model'))
})
after(() => rm(project, { recursive: true }))

test('it asks for the versions that this repository is tested with', () => {
  const read = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const own = read(root)
  const { dependencies, peerDependencies } = read(source)
  for (const [name, version] of Object.entries({ ...dependencies, ...peerDependencies }))
    assert.equal(version, { ...own.dependencies, ...own.devDependencies }[name], name)
})

test('its command converts a model and says how far it is from tfjs; a wrong file is refused and nothing written', async () => {
  const cli = join(installed, JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).bin['tfjs-to-onnx'])
  const convert = (...args: string[]) => run(process.execPath, [cli, ...args], { cwd: project })
  const { stdout } = await convert('model/model.json', 'model.onnx')
  assert.match(stdout, /largest difference to tfjs at .*: \d\.\d\de-\d/)
  assert.ok((await readFile(join(project, 'model.onnx'))).length > 100)
  await assert.rejects(convert('package.json', 'none.onnx'), /this is no tfjs model/)
  assert.ok(!existsSync(join(project, 'none.onnx')))
})

test('opset, weights in float16 and channels first are options of its command and of its program', async () => {
  const cli = join(installed, 'dist/packages/tfjs-to-onnx/src/cli.js')
  const args = [cli, 'model/model.json', 'other.onnx', '--opset', '22', '--fp16', '--channels-first']
  const { stdout } = await run(process.execPath, args, { cwd: project })
  assert.match(stdout, /float32 \[N,2,8,8\] → .* float32 \[N,3\], opset 22, /)
  assert.match(stdout, /, weights in float16: \d\.\d\de-\d, equal labels: /)
  await assert.rejects(
    run(process.execPath, [cli, 'model/model.json', 'none.onnx', '--opset', '9'], { cwd: project }),
    {
      code: 1,
      stderr: "tfjs-to-onnx: '9' is no opset that is written; whole numbers from 16 to 26 are\n",
    },
  )
  const told = await inProject(`import { readFileSync } from 'node:fs'
    import { OPSETS } from 'tfjs-to-onnx'
    import { convertFile } from 'tfjs-to-onnx/node'
    const { bytes, opset, checks, fp16Checks } = await convertFile('model/model.json', { opset: 22, fp16: true, channelsFirst: true })
    const isSame = Buffer.compare(bytes, readFileSync('other.onnx')) === 0
    console.log(JSON.stringify({ isSame, opset, checks: checks.length, fp16Checks: fp16Checks.length, OPSETS }))`)
  assert.deepEqual(JSON.parse(told), {
    isSame: true,
    opset: 22,
    checks: 3,
    fp16Checks: 3,
    OPSETS: { least: 16, most: 26 },
  })
})

test('a traced training step learns on onnxruntime what it is to learn', async () => {
  // y = x · [1, -2], by the step that the package's README shows.
  const readme = readFileSync(join(installed, 'README.md'), 'utf8')
  const [shown] = /import '@tensorflow\/tfjs-backend-cpu'\nimport \* as tf[\s\S]*?\n```/.exec(readme)!
  const told = await inProject(`${shown.replace('```', '')}
    const { default: { InferenceSession, Tensor } } = await import('onnxruntime-node')
    const session = await InferenceSession.create(bytes)
    const x = new Tensor('float32', Float32Array.of(1, 0, 0, 1, 1, 1, 2, -1), [4, 2])
    const y = new Tensor('float32', Float32Array.of(1, -2, -1, 4), [4, 1])
    let now = new Tensor('float32', new Float32Array(2), [2, 1])
    for (let step = 0; step < 200; step++) now = (await session.run({ x, y, w: now }))['w.next']
    console.log(JSON.stringify([...now.data]))`)
  const [first, second] = JSON.parse(told) as [number, number]
  assert.ok(Math.abs(first - 1) < 1e-3 && Math.abs(second + 2) < 1e-3, told)
})

test('in Chromium its core makes the same file as in Node', { skip: noChromium }, async (t) => {
  const files: Readonly<Record<string, string>> = {
    '/tfjs-core.js': 'node_modules/@tensorflow/tfjs-core/dist/tf-core.fesm.js',
    '/tfjs-layers.js': 'node_modules/@tensorflow/tfjs-layers/dist/tf-layers.fesm.js',
    '/tfjs-converter.js': 'node_modules/@tensorflow/tfjs-converter/dist/tf-converter.fesm.js',
    '/tfjs-backend-cpu.js': 'node_modules/@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.fesm.js',
    '/protobuf.js': 'node_modules/protobufjs/dist/protobuf.js',
  }
  const served: Readonly<Record<string, string>> = {
    '/': PAGE,
    // Both are CommonJS; the one is a script that sets a global, the other draws random numbers, of which there are none here.
    '/protobufjs.js': 'export default globalThis.protobuf',
    '/seedrandom.js': 'export const alea = undefined',
  }
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://page').pathname
    const file = join(project, files[path] ?? path)
    const body = served[path] ?? (existsSync(file) ? readFileSync(file) : undefined)
    const type = path === '/' ? 'text/html' : path.endsWith('.js') ? 'text/javascript' : 'application/octet-stream'
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const page = await openPage(t, `http://127.0.0.1:${port}/`)
  await until(async () => (await page.evaluate('globalThis.told !== undefined')) === true)
  const told = (await page.evaluate('globalThis.told')) as { readonly error?: string; readonly base64?: string }
  assert.equal(told.error, undefined)
  const here = await inProject(`import { convertFile } from 'tfjs-to-onnx/node'
    console.log(Buffer.from((await convertFile('model/model.json')).bytes).toString('base64'))`)
  assert.equal(told.base64, here.trim())
})

/** The example of the package's README, with an import map in place of a bundler. */
const PAGE = `<!doctype html><script src="/protobuf.js"></script>
<script type="importmap">{ "imports": {
  "@tensorflow/tfjs-core": "/tfjs-core.js", "@tensorflow/tfjs-layers": "/tfjs-layers.js",
  "@tensorflow/tfjs-converter": "/tfjs-converter.js", "@tensorflow/tfjs-backend-cpu": "/tfjs-backend-cpu.js",
  "protobufjs": "/protobufjs.js", "seedrandom": "/seedrandom.js",
  "tfjs-to-onnx": "/node_modules/tfjs-to-onnx/dist/packages/tfjs-to-onnx/src/index.js" } }</script>
<script type="module">
  try {
    await import('@tensorflow/tfjs-backend-cpu')
    const { artifactsOf, convert } = await import('tfjs-to-onnx')
    const get = async (name) => new Uint8Array(await (await fetch('/model/' + name)).arrayBuffer())
    const { bytes } = await convert(await artifactsOf(await get('model.json'), get))
    globalThis.told = { base64: btoa(String.fromCharCode(...bytes)) }
  } catch (error) {
    globalThis.told = { error: String(error && error.stack) }
  }
</script>`
