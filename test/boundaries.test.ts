/** Imports only point left on the ladder of rooms and never run in a circle; a folder that is not on the ladder fails. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import {
  cyclesOf,
  type Imports,
  LADDER,
  pictureOf,
  ROOT,
  readImports,
  roomOf,
  specifiersOf,
} from './fixtures/imports.ts'

/** What training may use: all that is true of brain images, nothing of the service. */
const TRAINING_MAY_USE = LADDER.slice(0, LADDER.indexOf('config'))

const FILES = ['src/**/*.ts', 'training/**/*.ts']

/** @param file from the root of the repository */
function boundaryFaults(file: string, source: string): string[] {
  const inTraining = file.startsWith('training/')
  return specifiersOf(source).flatMap((specifier) => {
    if (!inTraining && specifier.startsWith('@tensorflow/')) return [`${file}: src imports ${specifier}`]
    if (!specifier.startsWith('.')) return []
    const target = relative(ROOT, resolve(ROOT, dirname(file), specifier))
    if (target.startsWith('training/')) return inTraining ? [] : [`${file}: src imports training`]
    if (target.startsWith('test/')) return file.endsWith('.test.ts') ? [] : [`${file}: imports a test`]
    const to = roomOf(target)
    if (inTraining) return TRAINING_MAY_USE.includes(to) ? [] : [`${file}: training imports src/${to}`]
    const from = roomOf(file)
    if (!LADDER.includes(from)) return [`${file}: src/${from} is not on the ladder`]
    return LADDER.indexOf(to) <= LADDER.indexOf(from) ? [] : [`${file}: ${from} imports ${to}, which is to its right`]
  })
}

test('imports only point left on the ladder', () => {
  const files = [...readImports(FILES).keys()]
  assert.ok(files.length > 5)
  assert.deepEqual(
    files.flatMap((file) => boundaryFaults(file, readFileSync(join(ROOT, file), 'utf8'))),
    [],
  )
})

test('a wrong import is found', () => {
  const volume = 'src/volume/wrong.ts'
  assert.equal(boundaryFaults(volume, "import { app } from '../api/app.ts'").length, 1)
  assert.equal(boundaryFaults(volume, "import '../api/app.ts'").length, 1)
  assert.equal(boundaryFaults(volume, "import * as tf from '@tensorflow/tfjs-core'").length, 1)
  assert.equal(boundaryFaults(volume, "const t = await import('../../training/train.ts')").length, 1)
  assert.equal(boundaryFaults(volume, "import { f } from '../../test/fixtures/nifti.ts'").length, 1)
  assert.equal(boundaryFaults('src/utils/pad.ts', "import { a } from '../errors.ts'").length, 1)
  assert.equal(boundaryFaults('training/train.ts', "import { app } from '../src/api/app.ts'").length, 1)
  assert.equal(boundaryFaults('src/api/app.ts', "import { FaultError } from '../errors.ts'").length, 0)
})

/** What the page takes in beside itself and types of the service; its own tests may use node's. @param file from the root of the repository */
function pageFaults(file: string, source: string): string[] {
  const withoutTypes = source.replaceAll(/\b(import|export) type\b[^']*'[^']+'/g, '')
  return specifiersOf(withoutTypes).flatMap((specifier) => {
    if (file.endsWith('.test.ts') && specifier.startsWith('node:')) return []
    const isOwn =
      specifier.startsWith('.') && relative(ROOT, resolve(ROOT, dirname(file), specifier)).startsWith('web/')
    return isOwn ? [] : [`${file}: the page imports ${specifier}`]
  })
}

test('the page imports nothing of the service but types, and no package; nothing imports the page', () => {
  const page = [...readImports(['web/**/*.ts']).keys()].filter((file) => !file.endsWith('.d.ts'))
  assert.ok(page.length > 5)
  assert.deepEqual(
    page.flatMap((file) => pageFaults(file, readFileSync(join(ROOT, file), 'utf8'))),
    [],
  )
  const others = [...readImports(FILES)].flatMap(([file, imports]) =>
    imports.some((one) => one.startsWith('web/')) ? [file] : [],
  )
  assert.deepEqual(others, [])
  assert.equal(pageFaults('web/a.ts', "import { segment } from '../src/inference/segment.ts'").length, 1)
  assert.equal(pageFaults('web/a.ts', "import { Niivue } from '@niivue/niivue'").length, 1)
  assert.equal(pageFaults('web/a.ts', "import type { Report } from '../src/inference/report.ts'").length, 0)
})

test('no import leads back to where it came from, not even for a type', () => {
  assert.deepEqual(cyclesOf(readImports([...FILES, 'web/**/*.ts'])), [])
})

const circle: Imports = new Map([
  ['src/volume/a.ts', ['src/errors.ts']],
  ['src/labels/b.ts', ['src/volume/a.ts', 'src/volume/a.ts', 'src/labels/c.ts']],
  ['src/labels/c.ts', ['src/labels/d.ts', 'src/volume/a.ts']],
  ['src/labels/d.ts', ['src/labels/c.ts']],
  ['src/errors.ts', []],
])

test('a circle is told with the files on it, and two ways to one file are none', () => {
  assert.deepEqual(cyclesOf(circle), ['src/labels/c.ts → src/labels/d.ts → src/labels/c.ts'])
  assert.deepEqual(cyclesOf(new Map([['src/volume/a.ts', ['src/volume/a.ts']]])), ['src/volume/a.ts → src/volume/a.ts'])
})

test('the picture has a line a room, the lowest first, with its files and how often it imports from which', () => {
  assert.equal(
    pictureOf(circle),
    `errors (1)
volume (1)       → errors 1
labels (3)       → volume 3

cycles: src/labels/c.ts → src/labels/d.ts → src/labels/c.ts`,
  )
})
