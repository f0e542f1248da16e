/** volumes.csv as pandas and R read it, by the recipes of docs/batch.md: numbers are numbers, names text, and what is not known is not there. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PEERS_PYTHON } from '../../test/fixtures/pydicom.ts'
import { report as fixture } from '../../test/fixtures/service.ts'
import { type Row, type RowReport, tableOf } from './table.ts'

const label = (value: number, name: string, voxels: number | null) => ({
  ...{ value, name, voxels, assessable: voxels !== null },
  volumeMl: voxels === null ? null : voxels / 1000,
})
const full: RowReport = {
  ...fixture,
  labels: [label(0, 'background', 50), label(1, 'tissue', 900_001), label(2, 'white-matter lesion', 300_000)],
  lesions: { ...fixture.lesions, count: 7, totalMl: 300 },
}
const unseen: RowReport = {
  ...full,
  labels: [label(0, 'background', 50), label(1, 'tissue', 900_001), label(2, 'white-matter lesion', null)],
  lesions: { assessable: false, count: null, totalMl: null, largestMl: null, list: null, places: null },
}
const state = { session: null, status: 'done', code: null, scans: ['t1'] } as const
const rows: readonly Row[] = [
  // a name that looks like a number, and one that has everything that CSV must quote
  { ...state, subject: '007', report: full },
  { ...state, subject: 'Müller, "A"', report: unseen },
  { ...state, subject: 'sub-3', status: 'failed', code: 'not-nifti' },
]
const table = tableOf(rows, { labels: ['tissue', 'white-matter lesion'], channels: ['t1', 'flair'] })

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/batch.md'), 'utf8')
/** The line of the docs that reads the table, which is what is tested. */
function recipeOf(call: string): string {
  const line = DOCS.split('\n').find((text) => text.includes(`${call}("volumes.csv"`))
  assert.ok(line !== undefined, `docs/batch.md says how to ${call}`)
  return line.trim()
}

const has = (command: string, args: readonly string[]) => spawnSync(command, args).status === 0
const pandasMissing = has(PEERS_PYTHON, ['-c', 'import pandas']) ? false : 'no pandas (test/install-peers.sh --bench)'
const rMissing = has('Rscript', ['--version']) ? false : 'no R (test/install-peers.sh --bench)'

test('pandas', { skip: pandasMissing }, () => {
  const script = `
import io, json, sys, pandas
source = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")
real = pandas.read_csv
pandas.read_csv = lambda path, **how: real(source, **how)
${recipeOf('pandas.read_csv')}
def told(name):
    column = table[name]
    kind = "number" if pandas.api.types.is_numeric_dtype(column) else "text"
    return [kind, [None if pandas.isna(x) else x for x in column.tolist()]]
print(json.dumps({name: told(name) for name in table.columns}))`
  const run = spawnSync(PEERS_PYTHON, ['-c', script], { input: table, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  holdTo(JSON.parse(run.stdout))
})

test('R', { skip: rMissing }, () => {
  const script = `
invisible(Sys.setlocale("LC_ALL", "C.UTF-8"))
text <- readLines(file("stdin", encoding = "UTF-8"))
real <- read.csv
read.csv <- function(path, ...) real(text = text, ...)
${recipeOf('read.csv')}
quoted <- function(x) paste0('"', gsub('"', '\\\\\\\\"', x), '"')
told <- function(column) {
  is_text <- is.character(column)
  values <- if (is_text) quoted(column) else format(column, digits = 15, trim = TRUE)
  values[is.na(column)] <- "null"
  sprintf('[%s, [%s]]', quoted(if (is_text) "text" else "number"), paste(values, collapse = ","))
}
cat(sprintf('{%s}', paste(quoted(names(table)), sapply(table, told), sep = ":", collapse = ",")))`
  const run = spawnSync('Rscript', ['-e', script], { input: table, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  holdTo(JSON.parse(run.stdout))
})

function holdTo(read: Readonly<Record<string, readonly [kind: string, values: readonly unknown[]]>>): void {
  assert.deepEqual(read['subject'], ['text', ['007', 'Müller, "A"', 'sub-3']])
  assert.deepEqual(read['status'], ['text', ['done', 'done', 'failed']])
  assert.deepEqual(read['code'], ['text', [null, null, 'not-nifti']])
  assert.deepEqual(read['tissue_ml'], ['number', [900.001, 900.001, null]])
  assert.deepEqual(read['white_matter_lesion_ml'], ['number', [300, null, null]])
  assert.deepEqual(read['lesions_count'], ['number', [7, null, null]])
  assert.deepEqual(read['intracranial_ml'], ['number', [1200.001, 900.001, null]])
  assert.deepEqual(read['version'], ['text', ['0.0.1', '0.0.1', null]])
  assert.deepEqual(read['t1_sha256'], ['text', ['0'.repeat(64), '0'.repeat(64), null]])
  // of which nothing is known in any row
  assert.deepEqual(read['session']![1], [null, null, null])
  assert.deepEqual(read['flair_sha256']![1], [null, null, null])
}
