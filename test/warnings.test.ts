/** The page of warnings is the table that the service has. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { WARNINGS, type WarningRow } from '../src/warnings.ts'
import { warningsSection, warningsTable } from './fixtures/warnings-table.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/warnings.md'), 'utf8')

test('docs/warnings.md has each warning as the service explains it', () => {
  assert.equal(warningsSection(page), warningsTable())
})

test('each warning says what it means and what to do, in sentences that fit a line of a table', () => {
  for (const [code, { means, todo }] of Object.entries<WarningRow>(WARNINGS))
    for (const text of [means, todo]) assert.match(text, /^[A-Z][^|\n]{10,150}\.$/, code)
})
