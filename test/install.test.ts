/** What `npm ci` does besides unpacking packages: nothing. No script of a package runs, and npm knows every key of .npmrc. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')

/** As a person's shell would call it: what `npm test` hands to its scripts would be read before .npmrc. */
function npm(...args: string[]) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  return spawnSync('npm', args, { cwd: root, encoding: 'utf8', env })
}

test('npm runs no script of a package that is installed, and knows each key of .npmrc', () => {
  const { stdout, stderr } = npm('config', 'get', 'ignore-scripts')
  assert.equal(stdout, 'true\n')
  assert.doesNotMatch(stderr, /Unknown project config/)
})

test('the packages that would run a script at install are the two that do without it', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  const withScript = Object.keys(packages).filter((path) => packages[path]!.hasInstallScript === true)
  // The first asks for donations; the second fetches CUDA from elsewhere (docs/gpu.md says how to do that by hand).
  assert.deepEqual(withScript, ['node_modules/core-js-pure', 'node_modules/onnxruntime-node'])
})
