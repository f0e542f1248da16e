/** The converter on tfjs models that others made. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '..')
const dataDir = resolve(root, process.env['ONELABEL_TEST_DATA'] ?? '../shared/data')
const brainchop = join(dataDir, 'tfjs_models/neuroneural__brainchop')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-convert-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'training/cli/convert.ts'), ...args], { cwd: root })

const skip = existsSync(brainchop) ? false : `no data folder at ${dataDir}`

for (const name of ['public/models/model5_gw_ae', 'public/models/mindgrab', 'model30_3class']) {
  test(`${name} of brainchop converts within 1e-4 of tfjs`, { skip }, async () => {
    const target = join(folder, 'model.onnx')
    const { stdout } = await run(join(brainchop, name, 'model.json'), target, '--check-size', '8,8,8')
    const [, difference, equal] = stdout.match(/tfjs at \[.*\]: (\S+), equal labels: (\S+) %/)!
    assert.ok(Number(difference) <= 1e-4, stdout)
    assert.ok(Number(equal) >= 99.9, stdout)
    assert.ok(statSync(target).size > 10_000)
  })
}

test('what is no tfjs layers model is refused with a reason and writes nothing', async () => {
  const target = join(folder, 'none.onnx')
  await assert.rejects(run(join(root, 'package.json'), target), { code: 1, stderr: /no tfjs model: its JSON holds name, version/ })
  assert.ok(!existsSync(target))
})

test('convert without arguments prints its usage and exits with 2', async () => {
  await assert.rejects(run(), { code: 2, stderr: /usage: onelabel convert/ })
  assert.match((await run('--help')).stdout, /usage: onelabel convert/)
})
