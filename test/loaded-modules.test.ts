/** The process that answers requests loads neither what computes nor clients of what is not configured: they would lie in memory for ever. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from './fixtures/imports.ts'

const LOADED = `
import { registerHooks } from 'node:module'
const urls = []
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
await import(${JSON.stringify(join(ROOT, 'src/main.ts'))})
console.log(JSON.stringify(urls))`

test('who starts the service loads no network, no postprocessing, and no client of an archive, a provider or a database', () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', LOADED], { encoding: 'utf8' })
  const urls = JSON.parse(said) as string[]
  assert.ok(urls.some((url) => url.endsWith('/src/api/app.ts')) && urls.some((url) => url.includes('/express/')))
  const unwanted = [
    /\/src\/(postprocess|quality|picture\/(?!plain-text)|inference\/(compare|segment|find-labels))/,
    /\/src\/network\/(?!device|held-logits)/,
    /\/node_modules\/(jose|openid-client|pg|onnxruntime-node\/dist|@aws-sdk)\//,
  ]
  assert.deepEqual(
    urls.filter((url) => unwanted.some((pattern) => pattern.test(url))),
    [],
  )
})
