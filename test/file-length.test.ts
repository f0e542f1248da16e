/**
 * Small files, one job: above 200 lines a file of code must say in its first lines why it is long. Recipes are data (and
 * JSON holds no comment).
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const MOST_LINES = 200
const REASON_WITHIN = 15

/** The reason is a comment that speaks of the file's "lines". */
function isTooLong(source: string): boolean {
  const lines = source.replace(/\n$/, '').split('\n')
  const hasReason = lines.slice(0, REASON_WITHIN).some((line) => /^\s*(\/\*\*?|\*|\/\/).*\blines\b/.test(line))
  return lines.length > MOST_LINES && !hasReason
}

test(`no file of src or training is above ${MOST_LINES} lines without a reason in its first ${REASON_WITHIN}`, () => {
  const files = globSync('{src,training}/**/*.ts', { cwd: root })
  assert.ok(files.length > 100)
  assert.deepEqual(
    files.filter((file) => isTooLong(readFileSync(join(root, file), 'utf8'))),
    [],
  )
})

test('a long file is found, and one that gives its reason is not', () => {
  const body = 'export const a = 1\n'
  assert.equal(isTooLong(body.repeat(200)), false)
  assert.equal(isTooLong(body.repeat(201)), true)
  assert.equal(isTooLong(`/** 220 lines: one table, one row a kernel. */\n${body.repeat(219)}`), false)
  assert.equal(isTooLong(`${body.repeat(20)}// 220 lines: too late\n${body.repeat(199)}`), true)
})
