import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOT_CHOSEN, nameFiles, UNNAMED } from './nameless-parts.ts'

const BINARY = Buffer.from([0, 13, 10, 13, 10, 45, 45, 98, 255, 13, 10, 45, 45])

/** What comes out of a body that comes in pieces of a length, and how many parts were found. */
async function named(
  body: Buffer,
  pieceBytes = body.length,
): Promise<{ readonly out: Buffer; readonly parts: number }> {
  async function* pieces() {
    for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes)
  }
  let parts = 0
  const out: Buffer[] = []
  for await (const chunk of nameFiles(pieces(), 'b', ['t1', 'flair'], () => parts++)) out.push(chunk)
  return { out: Buffer.concat(out), parts }
}

const part = (head: string, value: Buffer | string = 'x') =>
  Buffer.concat([Buffer.from(`--b\r\n${head}\r\n\r\n`), Buffer.from(value as string), Buffer.from('\r\n')])
const END = Buffer.from('--b--\r\n')
const FORM = 'Content-Disposition: form-data'

const HEADS: readonly [head: string, name: string | undefined][] = [
  [`${FORM}; name="t1"`, UNNAMED],
  [`${FORM}; name=flair\r\nContent-Type: application/gzip`, UNNAMED],
  [`Content-Type: text/plain\r\ncontent-disposition:form-data;name="t1"`, UNNAMED],
  [`${FORM};\r\n name="t1"`, UNNAMED],
  [`${FORM}; name="pet"\r\nContent-Type: application/octet-stream`, UNNAMED],
  [`${FORM}; name="t1"; filename=""\r\nContent-Type: application/octet-stream`, NOT_CHOSEN],
  [`${FORM}; name="t1"; filename="a.nii"`, undefined],
  [`${FORM}; name="t1"; filename*=UTF-8''a.nii`, undefined],
  [`${FORM}; name="model"`, undefined],
  [`${FORM}; name="model"\r\nContent-Type: application/octet-streams`, undefined],
  ['Content-Disposition: attachment; name="t1"', undefined],
  ['X: y', undefined],
]
for (const [head, name] of HEADS) {
  test(`${JSON.stringify(head)} gets ${name ?? 'no name'}, and nothing else changes`, async () => {
    const given = name === undefined ? head : head.replace('form-data', `form-data; filename="${name}"`)
    assert.equal((await named(Buffer.concat([part(head), END]))).out.toString(), `${part(given)}${END}`)
  })
}

test('the same comes out in whatever pieces the body comes, with all bytes of the values', async () => {
  const [one, other] = [`${FORM}; name="t1"`, `${FORM}; name="flair"; filename="a"`]
  const body = Buffer.concat([Buffer.from('preamble\r\n'), part(one, BINARY), part(other, BINARY), END])
  const whole = await named(body)
  assert.ok(whole.out.includes(Buffer.concat([Buffer.from('\r\n\r\n'), BINARY])))
  assert.equal(whole.out.length, body.length + `; filename="${UNNAMED}"`.length)
  assert.equal(whole.parts, 2)
  for (let pieceBytes = 1; pieceBytes < 40; pieceBytes++) {
    assert.deepEqual(await named(body, pieceBytes), whole, `pieces of ${pieceBytes}`)
  }
})

const OTHERS: readonly [what: string, body: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('-')],
  ['no part', END],
  ['another boundary', Buffer.from('--c\r\nContent-Disposition: form-data; name="t1"\r\n\r\nx\r\n--c--')],
  ['a header without an end', Buffer.from(`--b\r\n${FORM}; name="t1"`)],
  ['a header of 60 kB', part(`${FORM}; name="t1"${'\r\nA: b'.repeat(10_000)}`).subarray(0, -8)],
]
for (const [what, body] of OTHERS) {
  test(`${what} goes through as it is`, async () => {
    for (const pieceBytes of [body.length || 1, 7]) assert.deepEqual((await named(body, pieceBytes)).out, body)
  })
}
