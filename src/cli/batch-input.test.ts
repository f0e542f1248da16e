/** Which subjects and scans `onelabel segment --batch` takes, and what it refuses before it begins. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { batchRunner, makeAssessedModel, statesIn, tableIn, writeSubject } from '../../test/fixtures/bids.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-batch-input-'))
const { models, runBatch } = batchRunner(folder)
const bids = join(folder, 'bids')
const cli = join(import.meta.dirname, '../cli.ts')

before(async () => {
  await makeAssessedModel(models)
  writeSubject(bids, 'sub-1', ['T1w.nii.gz'])
})
after(() => rmSync(folder, { recursive: true }))

test('of several scans of a sequence none is guessed: the subject is refused, or the first taken and warned of', () => {
  const [out, scans] = [join(folder, 'several-out'), join(folder, 'several')]
  writeSubject(scans, 'sub-1', ['ce-gd_T1w.nii', 'run-1_T1w.nii', 'run-2_T1w.nii', 'T1w.json', 'T1w_mask.nii'])
  writeSubject(scans, 'sub-2', ['bold.nii'])
  assert.equal(runBatch(scans, out).status, 3)
  assert.deepEqual(statesIn(out), [
    ['sub-1', '', 'failed', 'duplicate-channel'],
    ['sub-2', '', 'failed', 'no-scan'],
  ])
  assert.equal(runBatch(scans, out, '--runs', 'first').status, 3)
  const [row] = tableIn(out)
  assert.match(row!['warnings']!, /^first-of-several /)
  const { Sources } = JSON.parse(readFileSync(join(out, 'sub-1/anat/sub-1_dseg.json'), 'utf8'))
  assert.deepEqual(Sources, ['bids:raw:sub-1/anat/sub-1_run-1_T1w.nii'])
})

test('a list names subjects and paths of its own; everything that is wrong with one is told at once', () => {
  const [list, out] = [join(folder, 'list.csv'), join(folder, 'of-list')]
  writeFileSync(list, 'subject,session,t1,flair\r\n"=HC_01",,bids/sub-1/anat/sub-1_T1w.nii.gz,\r\n')
  const ended = runBatch(list, out)
  assert.equal(ended.status, 0, ended.stderr)
  assert.deepEqual(statesIn(out), [["'=HC_01", '', 'done', '']])
  assert.ok(existsSync(join(out, 'sub-HC01/anat/sub-HC01_dseg.nii.gz')))
  writeFileSync(list, 'subject,t1\nA,none.nii\n,bids/sub-1/anat/sub-1_T1w.nii.gz\nA,\n')
  const wrong = runBatch(list, out)
  assert.equal(wrong.status, 2)
  assert.match(
    wrong.stderr,
    /line 2: t1: cannot read 'none\.nii'\n.*line 3: a subject has letters.*\n.*line 4: no scan: .*\n.*line 4: its results would lie where those of line 2 lie/,
  )
})

test('help is given without a folder, and what is missing or cannot be meant is told', () => {
  const ask = (...args: readonly string[]) =>
    spawnSync(process.execPath, [cli, 'segment', ...args], { encoding: 'utf8' })
  const help = ask('--batch', '--help')
  assert.equal(help.status, 0, help.stderr)
  assert.match(help.stdout, /^usage: onelabel segment --batch /)
  for (const [args, told] of [
    [['--batch', bids], /--out <folder> is missing/],
    [['--batch', bids, '--out', join(folder, 'x'), '--runs', 'last'], /--runs is one of refuse, first; found 'last'/],
    [['--batch', bids, '--out', join(folder, 'x'), '-o', 'y'], /'-o'/],
    [['--batch', join(folder, 'none.csv'), '--out', join(folder, 'x'), '--models', models], /cannot read .*none\.csv/],
  ] as const) {
    const { status, stderr } = ask(...args)
    assert.equal(status, 2, stderr)
    assert.match(stderr, told)
  }
})

test('results do not go where scans or another data set lie', () => {
  assert.match(runBatch(bids, bids).stderr, /the BIDS folder itself/)
  const other = join(folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'dataset_description.json'), '{"Name":"raw"}')
  assert.match(runBatch(bids, other).stderr, /holds another data set/)
  assert.match(runBatch(bids, folder).stderr, /lies in .*, where results go/)
  assert.match(runBatch(folder, join(folder, 'none')).stderr, /holds no folder of a subject/)
})
