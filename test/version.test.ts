/** One version in every place that tells it, and a section of the changelog for it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }

test('the contract, the lock and the images of deploy/ have the version of the package', () => {
  assert.equal((parse(read('openapi.yaml')) as { info: { version: string } }).info.version, version)
  const lock = JSON.parse(read('package-lock.json')) as { version: string; packages: { '': { version: string } } }
  assert.deepEqual([lock.version, lock.packages[''].version], [version, version])
  const tags = [...read('deploy/kubernetes/kustomization.yaml').matchAll(/newTag: \w+-(.+)$/gm)].map(([, tag]) => tag)
  assert.deepEqual(tags, [version])
})

test('the changelog has what is not released on top, and then this version with its day', () => {
  const heads = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map(([, head]) => head!)
  assert.equal(heads[0], 'Unreleased')
  assert.match(heads[1]!, new RegExp(`^${version.replaceAll('.', '\\.')}, \\d{4}-\\d\\d-\\d\\d$`))
})

test('onelabel --version says the version first, then that of each model', () => {
  const [first, ...models] = execFileSync(process.execPath, [join(root, 'src/cli.ts'), '--version'], {
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n')
  assert.equal(first, `onelabel ${version}`)
  const cards = readdirSync(join(root, 'models')).map((id) => {
    const card = JSON.parse(read(`models/${id}/card.json`)) as { version: string }
    return `${id} ${card.version}`
  })
  assert.deepEqual(models, cards.sort())
})
