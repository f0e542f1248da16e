/** The id of a request finds it: in the answer, in its problem, and in every line that the log has of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { startTestService, type TestService, until } from './fixtures/service.ts'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
let service: TestService
before(async () => {
  service = await startTestService()
})
after(() => service.close())

async function ask(path: string, id?: string) {
  const headers: Record<string, string> = id === undefined ? {} : { 'X-Request-Id': id }
  const answer = await fetch(service.base + path, { headers })
  const { instance } = (await answer.json()) as { instance?: string }
  return { id: answer.headers.get('x-request-id') ?? '', instance }
}

const linesOf = (id: string) =>
  service.logLines
    .map((line) => JSON.parse(line) as { msg: string; requestId?: string })
    .filter(({ requestId }) => requestId === id)
    .map(({ msg }) => msg)

test('an id that is well-formed is taken, and both lines of a refused request have it', async () => {
  for (const id of ['a', 'proxy-7.f_00', 'x'.repeat(128)]) {
    assert.deepEqual(await ask('/v1/segmentations/none', id), { id, instance: `urn:onelabel:request:${id}` })
    await until(() => linesOf(id).length === 2)
    assert.deepEqual(linesOf(id), ['refused', 'request'])
  }
})

test('an id that is a UUID is a URN of its own kind', async () => {
  for (const id of ['0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000', '0190AAAA-BBBB-7CCC-8DDD-EEEEFFFF0000']) {
    assert.deepEqual(await ask('/nowhere', id), { id, instance: `urn:uuid:${id}` })
  }
})

test('without an id, or with one that is not well-formed, a UUID is made; what was sent is not repeated', async () => {
  for (const given of [undefined, '', 'a b', 'x'.repeat(129), 'ü', '{"msg":"bug"}', '../etc']) {
    const { id, instance } = await ask('/v1/segmentations/none', given)
    assert.match(id, new RegExp(`^${UUID}$`))
    assert.equal(instance, `urn:uuid:${id}`)
    assert.match((await ask('/livez', given)).id, new RegExp(`^${UUID}$`))
  }
})

test('what is no HTTP has an id too', async () => {
  const socket = connect(service.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write('EHLO mail\r\n\r\n')
  await once(socket, 'close')
  const [, id] = /^X-Request-Id: (\S+)\r$/m.exec(answer) ?? []
  assert.match(answer, new RegExp(`"instance":"urn:uuid:${id}"`))
})

test('every line of a request and of the job that it brought has its names, and answers about the job its trace', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const headers = { 'X-Request-Id': 'brought-it', traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
  const body = new FormData()
  body.set('t1', new Blob(['scan']), 'a.nii')
  const answer = await fetch(`${service.base}/v1/segmentations`, { method: 'POST', headers, body })
  assert.equal(answer.headers.get('x-trace-id'), traceId)
  await answer.arrayBuffer()
  await until(() => ['request', 'job', 'audited'].every((msg) => linesOf('brought-it').includes(msg)))
  const lines = service.logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const jobId = answer.headers.get('location')!.split('/').at(-1)!
  for (const line of lines.filter((one) => one['jobId'] === jobId)) {
    assert.deepEqual([line['requestId'], line['traceId']], ['brought-it', traceId], String(line['msg']))
  }
  const job = lines.find(({ msg, requestId }) => msg === 'job' && requestId === 'brought-it')!
  assert.deepEqual([job['model'], job['voxels'], job['warnings']], ['tiny@0.0.1', 8, ['tilted']])
  assert.ok(Number(job['queueWaitMs']) >= 0)
  const later = await fetch(`${service.base}/v1/segmentations/${jobId}`)
  assert.equal(later.headers.get('x-trace-id'), traceId)
})
