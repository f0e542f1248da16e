import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pacsConfig } from './config.ts'
import { dryRun } from './dry-run.ts'
import type { SeenSeries, Source } from './source.ts'

const series = (number: number, description: string, more: Partial<SeenSeries> = {}): SeenSeries => ({
  key: String(number),
  seriesInstanceUid: `1.2.${number}`,
  modality: 'MR',
  number,
  description,
  manufacturer: 'made',
  instances: 4,
  expected: null,
  ...more,
})
const config = pacsConfig.parse({
  destinations: [{ name: 'back', kind: 'stow', url: 'http://127.0.0.1' }],
  rules: [
    { name: 'brain', model: 'm', require: ['t1'], wish: ['flair'], to: ['back'] },
    { name: 'lesions', model: 'm', require: ['flair'] },
  ],
})

async function told(...list: readonly SeenSeries[]): Promise<readonly string[]> {
  const source: Partial<Source> = {
    name: 'gateway',
    find: async (uid) => (uid === '1.2' ? [{ key: 'k', studyInstanceUid: uid }] : []),
    series: async () => list,
  }
  return dryRun(config, [source as Source], '1.2', new AbortController().signal)
}

test('every series has a verdict, and every rule says what it would do and when', async () => {
  const seg = series(9, 'labels', { modality: 'SEG' })
  assert.deepEqual(await told(series(1, 'T1 MPRAGE'), series(2, 'scout\u0007', { expected: 6 }), seg), [
    'gateway has it, with 3 series:',
    '  1  MR  4 images  T1 MPRAGE: may be t1 (8 points)',
    '  2  MR  4 of 6 images  scout: nothing by its name',
    '  9  SEG  4 images  labels: not taken, it is no MR or made by us',
    'rule brain would compute m with t1 from series 1 (study-quiet) and send seg, sr to back, 900 s after the last image',
    'rule lesions would ignore it as nothing-to-compute, 900 s after the last image',
  ])
})

test('with all that is wished for it does not wait for the study; images that are missing are waited for', async () => {
  const both = await told(series(1, 'T1', { expected: 4 }), series(2, 'FLAIR'))
  assert.match(both[3]!, /^rule brain would compute .*t1 from series 1, flair from series 2 \(complete\).*, 60 s after/)
  const half = await told(series(1, 'T1', { expected: 9 }))
  assert.match(half[2]!, /^rule brain would park it as instances-missing, 5400 s after/)
})

test('a study that a source does not have is said to be so', async () => {
  const source: Partial<Source> = { name: 'gateway', find: async () => [] }
  const lines = await dryRun(config, [source as Source], '1.2', new AbortController().signal)
  assert.deepEqual(lines, ['gateway does not have it'])
})
