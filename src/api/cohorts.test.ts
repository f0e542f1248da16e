/** The table of a cohort over HTTP: whose jobs are in it, and what becomes of each. */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { RequestHandler } from 'express'
import { hang, type Segment, startTestService, succeed, type TestService } from '../../test/fixtures/service.ts'
import { parseCsv } from '../cohort/csv.ts'
import { FaultError } from '../errors.ts'

/** Takes the caller's word for who it is. */
const believe: RequestHandler = (req, res, next) => {
  res.locals['owner'] = req.get('x-owner')
  res.locals['scopes'] = ['submit']
  next()
}

let service: TestService
before(async () => {
  service = await startTestService({ queueLength: 100 }, believe)
})
afterEach(() => {
  service.segment = succeed
})
after(() => service.close())

async function send(owner: string, name: string, cohort: string, segment: Segment = succeed): Promise<string> {
  service.segment = segment
  const body = new FormData()
  body.set('t1', new Blob(['scan']))
  body.set('cohort', cohort)
  body.set('name', name)
  const headers = { 'X-Owner': owner, Prefer: 'respond-async' }
  const response = await fetch(`${service.base}/v1/segmentations`, { method: 'POST', headers, body })
  assert.equal(response.status, 202)
  return ((await response.json()) as { id: string }).id
}

async function tableFor(owner: string, cohort: string) {
  const response = await fetch(`${service.base}/v1/cohorts/${cohort}.csv`, { headers: { 'X-Owner': owner } })
  if (response.status !== 200) return response.status
  const [header, ...rows] = parseCsv(await response.text()).records
  return rows.map(({ cells }) => Object.fromEntries(header!.cells.map((name, at) => [name, cells[at]!])))
}

test('one row a job, in the order in which they were sent; what has no result has empty cells', async () => {
  const ids = [await send('ann', 'sub-1', 'study')]
  await service.ended(ids[0]!)
  ids.push(
    await send('ann', '=sub-2', 'study', async () => {
      throw new FaultError('nifti-sheared', 'sheared by 5°')
    }),
  )
  await service.ended(ids[1]!)
  ids.push(await send('ann', 'sub-3', 'study', hang))
  await service.becomes(ids[2]!, ({ job }) => job.state === 'running')
  ids.push(await send('ann', 'sub-4', 'study', hang))
  const rows = await tableFor('ann', 'study')
  assert.ok(Array.isArray(rows))
  assert.deepEqual(
    rows.map(({ subject, status, code, scans, lesions_ml, seconds, job }) => [
      ...[subject, status, code, scans, lesions_ml, seconds, job],
    ]),
    [
      ['sub-1', 'done', '', 't1', '0.001', '0', ids[0]],
      ["'=sub-2", 'failed', 'nifti-sheared', 't1', '', '', ids[1]],
      ['sub-3', 'running', '', 't1', '', '', ids[2]],
      ['sub-4', 'waiting', '', 't1', '', '', ids[3]],
    ],
  )
  for (const id of ids.slice(2)) {
    await fetch(`${service.base}/v1/segmentations/${id}`, { method: 'DELETE', headers: { 'X-Owner': 'ann' } })
    await service.ended(id)
  }
  const ended = await tableFor('ann', 'study')
  assert.ok(Array.isArray(ended))
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['done', 'failed', 'cancelled', 'cancelled'],
  )
})

test("another owner's jobs of the same cohort are in no table but its own", async () => {
  const [ann, bob] = [await send('ann', 'a', 'shared'), await send('bob', 'b', 'shared')]
  for (const id of [ann, bob]) await service.ended(id)
  const namesFor = async (owner: string) => {
    const rows = await tableFor(owner, 'shared')
    return Array.isArray(rows) ? rows.map(({ subject }) => subject) : rows
  }
  assert.deepEqual([await namesFor('ann'), await namesFor('bob'), await namesFor('eve')], [['a'], ['b'], 404])
})

test('a cohort of more jobs than one page holds is read to its end', async () => {
  const ids: string[] = []
  for (let n = 0; n < 101; n++) ids.push(await send('cat', `sub-${n}`, 'many'))
  for (const id of ids) await service.ended(id)
  const rows = await tableFor('cat', 'many')
  assert.ok(Array.isArray(rows))
  assert.deepEqual(
    rows.map(({ job }) => job),
    ids,
  )
})
