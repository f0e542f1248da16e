/** What the README and docs/settings.md say of commands and settings is what package.json and the service say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { settingsSection, settingsTable } from './fixtures/settings-table.ts'

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

test('the table of settings is the one that the service reads, and the README says where it is', () => {
  assert.equal(settingsSection(readFileSync(join(root, 'docs/settings.md'), 'utf8')), settingsTable())
  assert.ok(readme.includes('(docs/settings.md)'))
})

test('the table names no folder of the machine it was made on', () => {
  assert.ok(!settingsTable().includes(root))
})

test('the two commands stand in the first lines, and package.json has their scripts', () => {
  const top = readme.split('\n').slice(0, 10).join('\n')
  assert.match(top, /^ {4}npm ci && npm start\b/m)
  assert.match(top, /^ {4}npm ci && npm test\b/m)
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.ok('start' in scripts && 'test' in scripts)
})

test('the README says near its top that this is no medical device', () => {
  assert.match(readme.split('\n').slice(0, 20).join('\n'), /Research use only.*not a medical device/i)
})
