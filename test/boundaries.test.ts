/**
 * Imports only point left on the ladder of rooms, of src and of training, and never run in a circle; a folder that is not
 * on its ladder fails, and so does a file that lies in no room of training.
 */
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
  TRAINING_LADDER,
} from './fixtures/imports.ts'

/** What training may use: all that is true of brain images and of lists of subjects, nothing of the service. */
const TRAINING_MAY_USE = [...LADDER.slice(0, LADDER.indexOf('config')), 'cohort']

/** The compiler of networks knows no brain: of src it takes only what is about onnxruntime. */
const COMPILE_MAY_USE = ['src/network/no-telemetry.ts']

const FILES = ['src/**/*.ts', 'training/**/*.ts']

/** @param file from the root of the repository */
function boundaryFaults(file: string, source: string): string[] {
  const from = roomOf(file)
  const [tree, ladder] = file.startsWith('training/')
    ? (['training', TRAINING_LADDER] as const)
    : (['src', LADDER] as const)
  if (!ladder.includes(from)) return [`${file}: ${tree}/${from} is not on the ladder`]
  return specifiersOf(source).flatMap((specifier) => {
    if (tree === 'src' && specifier.startsWith('@tensorflow/')) return [`${file}: src imports ${specifier}`]
    if (!specifier.startsWith('.')) return []
    const target = relative(ROOT, resolve(ROOT, dirname(file), specifier))
    const to = roomOf(target)
    if (target.startsWith('test/')) return file.endsWith('.test.ts') ? [] : [`${file}: imports a test`]
    if (tree === 'src' && target.startsWith('training/')) return [`${file}: src imports training`]
    if (tree === 'training' && target.startsWith('src/')) {
      const isFree = from === 'compile' ? COMPILE_MAY_USE.includes(target) : TRAINING_MAY_USE.includes(to)
      return isFree ? [] : [`${file}: training/${from} imports ${target}`]
    }
    return ladder.indexOf(to) <= ladder.indexOf(from) ? [] : [`${file}: ${from} imports ${to}, which is to its right`]
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

test('a package is made of its own files and of the compiler', () => {
  const imports = readImports(['packages/*/src/**/*.ts'])
  assert.ok(imports.size > 0)
  for (const [file, used] of imports) {
    const own = file.split('/').slice(0, 3).join('/')
    for (const other of used)
      assert.ok(
        [`${own}/`, 'training/compile/'].some((place) => other.startsWith(place)),
        `${file} imports ${other}`,
      )
  }
})

test('a wrong import is found', () => {
  const volume = 'src/volume/wrong.ts'
  assert.equal(boundaryFaults(volume, "import { app } from '../api/app.ts'").length, 1)
  assert.equal(boundaryFaults(volume, "import '../api/app.ts'").length, 1)
  assert.equal(boundaryFaults(volume, "import * as tf from '@tensorflow/tfjs-core'").length, 1)
  assert.equal(boundaryFaults(volume, "const t = await import('../../training/run/train.ts')").length, 1)
  assert.equal(boundaryFaults(volume, "import { f } from '../../test/fixtures/nifti.ts'").length, 1)
  assert.equal(boundaryFaults('src/utils/pad.ts', "import { a } from '../errors.ts'").length, 1)
  assert.equal(boundaryFaults('src/api/app.ts', "import { FaultError } from '../errors.ts'").length, 0)
})

test('a wrong import is found in training', () => {
  const faultsOf = (file: string, specifier: string) => boundaryFaults(file, `import { a } from '${specifier}'`)
  assert.deepEqual(faultsOf('training/method/step.ts', '../run/recipe.ts'), [
    'training/method/step.ts: method imports run, which is to its right',
  ])
  assert.deepEqual(faultsOf('training/compile/trace/graph.ts', '../../method/step.ts'), [
    'training/compile/trace/graph.ts: compile imports method, which is to its right',
  ])
  assert.deepEqual(faultsOf('training/compile/runtime.ts', '../../src/volume/volume.ts'), [
    'training/compile/runtime.ts: training/compile imports src/volume/volume.ts',
  ])
  assert.deepEqual(faultsOf('training/run/train.ts', '../../src/api/app.ts'), [
    'training/run/train.ts: training/run imports src/api/app.ts',
  ])
  assert.deepEqual(boundaryFaults('training/helpers/pad.ts', ''), [
    'training/helpers/pad.ts: training/helpers is not on the ladder',
  ])
  assert.deepEqual(boundaryFaults('training/step.ts', ''), ['training/step.ts: training/step is not on the ladder'])
  assert.deepEqual(faultsOf('training/run/train.ts', '../method/step.ts'), [])
  assert.deepEqual(faultsOf('training/run/train.ts', '../../src/model/card.ts'), [])
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

const trainingCircle: Imports = new Map([
  ['training/evaluation/score.ts', ['training/evaluation/list.ts', 'src/model/card.ts']],
  ['training/evaluation/list.ts', ['training/evaluation/subject.ts']],
  ['training/evaluation/subject.ts', ['training/evaluation/score.ts']],
])

test('a circle of three within a room of training is told too', () => {
  assert.deepEqual(cyclesOf(trainingCircle), [
    'training/evaluation/score.ts → training/evaluation/list.ts → training/evaluation/subject.ts → training/evaluation/score.ts',
  ])
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
