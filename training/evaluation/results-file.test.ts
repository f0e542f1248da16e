import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { CaseResult } from './result.ts'
import { appendResult, openResults, RESULTS, readResults, sortResults } from './results-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-results-'))
after(() => rmSync(folder, { recursive: true }))

const result = (name: string, seconds: number, sha256 = 'new'): CaseResult => ({
  ...{ name, group: 'g', note: 'ä', licenceClass: 'A', input: ['t1', 'flair'], flipAverage: false },
  ...{ model: { id: 'm', version: '1.0.0', sha256 }, device: 'cpu', sha256: {}, asked: '' },
  ...{ seconds, warnings: [], scores: [] },
})

test('there is nothing where there is no file', async () => {
  const file = join(folder, 'nowhere', RESULTS)
  assert.equal((await openResults(file)).size, 0)
  await sortResults(file, 'new')
  assert.deepEqual(readdirSync(folder), [])
})

test('lines come as cases finish and are sorted at the end; the later of two of a case counts; other weights go', async () => {
  const file = join(folder, 'm', RESULTS)
  for (const each of [result('b', 1, 'old'), result('c', 1, 'old'), result('b', 2), result('a', 3), result('a', 4)])
    await appendResult(file, each)
  assert.deepEqual(
    [...(await readResults(file))].map(([name, { seconds }]) => [name, seconds]),
    [
      ['b.t1+flair', 2],
      ['c.t1+flair', 1],
      ['a.t1+flair', 4],
    ],
  )
  await sortResults(file, 'new')
  assert.equal(
    readFileSync(file, 'utf8'),
    [result('a', 4), result('b', 2)].map((r) => `${JSON.stringify(r)}\n`).join(''),
  )
  assert.deepEqual(readdirSync(join(folder, 'm')), [RESULTS])
})

test('of a line that was being written nothing counts, wherever it was cut, and the next one stands on its own', async () => {
  const file = join(folder, RESULTS)
  const [first, second] = [result('a', 1), result('b', 2)].map((each) => Buffer.from(`${JSON.stringify(each)}\n`))
  for (let cut = 0; cut < second!.length; cut++) {
    writeFileSync(file, Buffer.concat([first!, second!.subarray(0, cut)]))
    assert.deepEqual([...(await readResults(file)).keys()], ['a.t1+flair'])
  }
  await openResults(file)
  await appendResult(file, result('c', 3))
  assert.deepEqual([...(await readResults(file)).keys()], ['a.t1+flair', 'c.t1+flair'])
})

test('a whole line that is no result is named', async () => {
  const file = join(folder, 'odd.jsonl')
  for (const odd of ['<<<<<<< ours', 'null', '{"name":"a"}', '']) {
    writeFileSync(file, `${JSON.stringify(result('a', 1))}\n${odd}\n`)
    await assert.rejects(readResults(file), /odd\.jsonl: line 2 is no result of an evaluation/)
  }
})
