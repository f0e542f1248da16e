/** Pages for operators say nothing that the service does not know: settings, their defaults, and files they point to. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { SETTINGS } from '../src/config.ts'

const root = resolve(import.meta.dirname, '..')
const PAGES = ['README.md', 'SECURITY.md', ...globSync('{docs,deploy}/**/*.md', { cwd: root })]
const text = (page: string) => readFileSync(join(root, page), 'utf8')
const defaults = new Map<string, string>(Object.values(SETTINGS).map(({ env, fallback }) => [env, fallback]))

/** Settings that a text names and the service does not have; `ONELABEL_*` is any of them. */
function unknownSettings(page: string): string[] {
  return [...page.matchAll(/\bONELABEL_[A-Z0-9_]*[A-Z0-9]\b/g)]
    .map(([name]) => name)
    .filter((name) => !defaults.has(name))
}

/** Defaults told as `NAME` (value) that are others in truth. */
function wrongDefaults(page: string): string[] {
  return [...page.matchAll(/`(ONELABEL_[A-Z0-9_]+)` \((\d+)\)/g)]
    .filter(([, name, value]) => defaults.get(name!) !== value)
    .map(([told]) => told)
}

/** What links of a page point to that is not there; addresses and anchors of the page itself are left out. */
function deadLinks(page: string, folder: string): string[] {
  return [...page.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
    .map(([, path]) => path!)
    .filter((path) => !existsSync(join(folder, path)))
}

for (const page of PAGES) {
  test(`${page}: every setting it names exists, with the defaults it tells, and every file it points to`, () => {
    const told = text(page)
    assert.deepEqual(unknownSettings(told), [])
    assert.deepEqual(wrongDefaults(told), [])
    assert.deepEqual(deadLinks(told, dirname(join(root, page))), [])
  })
}

test('operations.md tells the defaults of the time limits', () => {
  const told = text('docs/operations.md')
  for (const name of ['UPLOAD_TIMEOUT_S', 'SYNC_WAIT_S', 'JOB_TIMEOUT_S', 'LEASE_S', 'DRAIN_S', 'KEEP_RESULTS_S']) {
    assert.match(told, new RegExp(`\`ONELABEL_${name}\` \\(\\d+\\)`), name)
  }
})

test('a setting that is none, a default that is wrong and a link to nothing are found', () => {
  assert.deepEqual(unknownSettings('`ONELABEL_PORT`, ONELABEL_*, `ONELABEL_PORTS`'), ['ONELABEL_PORTS'])
  assert.deepEqual(wrongDefaults('`ONELABEL_PORT` (8080), `ONELABEL_DRAIN_S` (31)'), ['`ONELABEL_DRAIN_S` (31)'])
  const links = '[a](package.json) [b](nothing.md#x) [c](https://example.org) [d](#here) [e](README.md#settings)'
  assert.deepEqual(deadLinks(links, root), ['nothing.md'])
})
