/** Imports only point left on this ladder; a folder that is not on it fails. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const LADDER =
  'errors warnings volume nifti labels preprocess measure model network postprocess quality inference config telemetry security compute store service pacs api main cli'.split(
    ' ',
  )
/** What training may use: all that is true of brain images, nothing of the service. */
const TRAINING_MAY_USE = LADDER.slice(0, LADDER.indexOf('config'))
const root = resolve(import.meta.dirname, '..')

/** The rung of a file in src: its top folder, or its own name for a file directly in src. */
function rungOf(path: string): string {
  const [first = ''] = relative(join(root, 'src'), path).split('/')
  return first.replace(/\.ts$/, '').replace(/\.test$/, '')
}

export function boundaryFaults(path: string, source: string): string[] {
  const inTraining = path.startsWith(join(root, 'training'))
  const specifiers = [...source.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((m) => m[1]!)
  return specifiers.flatMap((specifier) => {
    if (!inTraining && specifier.startsWith('@tensorflow/')) return [`${path}: src imports ${specifier}`]
    if (!specifier.startsWith('.')) return []
    const target = resolve(dirname(path), specifier)
    if (target.startsWith(join(root, 'training'))) return inTraining ? [] : [`${path}: src imports training`]
    if (target.startsWith(join(root, 'test'))) return path.endsWith('.test.ts') ? [] : [`${path}: imports a test`]
    const to = rungOf(target)
    if (inTraining) return TRAINING_MAY_USE.includes(to) ? [] : [`${path}: training imports src/${to}`]
    const from = rungOf(path)
    if (!LADDER.includes(from)) return [`${path}: src/${from} is not on the ladder`]
    return LADDER.indexOf(to) <= LADDER.indexOf(from) ? [] : [`${path}: ${from} imports ${to}, which is to its right`]
  })
}

test('imports only point left on the ladder', () => {
  const files = globSync(['src/**/*.ts', 'training/**/*.ts'], { cwd: root }).map((file) => join(root, file))
  assert.ok(files.length > 5)
  assert.deepEqual(
    files.flatMap((file) => boundaryFaults(file, readFileSync(file, 'utf8'))),
    [],
  )
})

test('a wrong import is found', () => {
  const volume = join(root, 'src/volume/wrong.ts')
  assert.equal(boundaryFaults(volume, "import { app } from '../api/app.ts'").length, 1)
  assert.equal(boundaryFaults(volume, "import * as tf from '@tensorflow/tfjs-core'").length, 1)
  assert.equal(boundaryFaults(volume, "const t = await import('../../training/train.ts')").length, 1)
  assert.equal(boundaryFaults(volume, "import { f } from '../../test/fixtures/nifti.ts'").length, 1)
  assert.equal(boundaryFaults(join(root, 'src/utils/pad.ts'), "import { a } from '../errors.ts'").length, 1)
  assert.equal(boundaryFaults(join(root, 'training/train.ts'), "import { app } from '../src/api/app.ts'").length, 1)
  assert.equal(boundaryFaults(join(root, 'src/api/app.ts'), "import { FaultError } from '../errors.ts'").length, 0)
})
