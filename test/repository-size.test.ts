/** What the repository may hold: all of its files together, and pictures (docs/decisions/0044-what-the-repository-holds.md). */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const MOST_BYTES = 60_000_000
const MOST_PICTURE_BYTES = 150_000
/** Larger pictures, each with the reason why it is. */
const LARGER: Readonly<Record<string, string>> = {}

interface Tracked {
  readonly path: string
  readonly bytes: number
}

/** Those that git knows and that are on the disk: who has deleted one has not committed it yet. */
const tracked: readonly Tracked[] = execFileSync('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 2 ** 26 })
  .toString()
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(root, path)))
  .map((path) => ({ path, bytes: statSync(join(root, path)).size }))

const total = (files: readonly Tracked[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)
const tooLarge = (files: readonly Tracked[]): string[] =>
  files
    .filter(({ path }) => /\.(png|svg|jpe?g|gif|webp|ico)$/i.test(path) && LARGER[path] === undefined)
    .filter(({ bytes }) => bytes > MOST_PICTURE_BYTES)
    .map(({ path, bytes }) => `${path} has ${bytes} bytes`)

test('all files together take at most 60 MB', () => {
  const largest = tracked.toSorted((a, b) => b.bytes - a.bytes).slice(0, 5)
  const told = largest.map(({ path, bytes }) => `${path} ${bytes}`).join(', ')
  assert.ok(tracked.length > 500)
  assert.ok(total(tracked) <= MOST_BYTES, `${total(tracked)} bytes; the largest files: ${told}`)
})

test('no picture takes more than 150 kB without a reason', () => {
  assert.deepEqual(tooLarge(tracked), [])
  assert.deepEqual(tooLarge([{ path: 'docs/a.PNG', bytes: 150_001 }]), ['docs/a.PNG has 150001 bytes'])
  assert.deepEqual(tooLarge([{ path: 'docs/a.jpg', bytes: 150_000 }]), [])
})

test('a model has its evaluation in one file of lines, and at most two pictures', () => {
  const own = Map.groupBy(
    tracked.filter(({ path }) => /^docs\/models\/[^/]+\//.test(path)),
    ({ path }) => path.split('/')[2]!,
  )
  assert.ok(own.size > 0)
  for (const [id, files] of own) {
    const names = files.map(({ path }) => path.split('/').slice(3).join('/'))
    assert.deepEqual(
      names.filter((name) => !name.endsWith('.png')),
      ['cases.jsonl'],
      id,
    )
    assert.ok(names.length <= 3, `${id}: ${names.join(', ')}`)
  }
})
