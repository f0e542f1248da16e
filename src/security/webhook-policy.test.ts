import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webhookPolicy } from '../../test/fixtures/delivery.ts'
import { faultOf } from '../../test/fixtures/fault.ts'
import { addressFault, readWebhookPolicy, requireCallback, requireTarget } from './webhook-policy.ts'

const HOSTS = 'hooks.example.org, *.clinic.example, 10.1.0.0/16'
const policy = webhookPolicy('http://ris.internal:8080/h?token=hunter2', HOSTS)

test('a callback is https to a host of the list, on any port, with any path and query', () => {
  for (const url of ['https://hooks.example.org', 'https://a.clinic.example:8443/h?j=1', 'https://10.1.2.3/h']) {
    assert.equal(requireCallback(url, policy).href, new URL(url).href)
  }
})

const REFUSED: readonly [url: string, message: RegExp][] = [
  ['http://hooks.example.org', /must be https, found http$/],
  ['file:///etc/passwd', /must be an http\(s\) URL$/],
  ['hooks.example.org', /must be an http\(s\) URL$/],
  ['', /must be an http\(s\) URL$/],
  ['https://hunter2@hooks.example.org', /no user name and no password$/],
  ['https://:hunter2@hooks.example.org', /no user name and no password$/],
  ['https://hooks.example.org/#hunter2', /no fragment/],
  ['https://hooks.example.org/#', /no fragment/],
  [`https://hooks.example.org/${'x'.repeat(2048)}`, /at most 2048 characters, found 2074$/],
  ['https://hooks.example.org.evil.example/', /not one of those that the operator names/],
  ['https://hooks.example.org@evil.example/', /no user name/],
  ['https://10.2.0.1/', /not one of those/],
  ['https://[::1]/', /not one of those/],
  ['https://2130706433/', /not one of those/],
  ['https://ris.internal:8080/h', /not one of those/],
]
for (const [url, message] of REFUSED) {
  test(`refused as a callback: ${url.slice(0, 60)}`, () => {
    assert.throws(() => requireCallback(url, policy), faultOf('callback-refused', message))
    assert.throws(() => requireCallback(url, policy), faultOf('callback-refused', /^(?!.*hunter2)/))
  })
}

test('without ONELABEL_CALLBACK_HOSTS every callback is refused, to the own host too', () => {
  const none = webhookPolicy('https://hooks.example.org/h')
  assert.throws(
    () => requireCallback('https://hooks.example.org/h', none),
    faultOf('callback-refused', /takes no callbacks/),
  )
})

test('what is sent later is held to the settings of then: the own URL, or a callback that is still allowed', () => {
  assert.equal(requireTarget('http://ris.internal:8080/h?token=hunter2', policy), policy.own)
  assert.equal(requireTarget('https://hooks.example.org/h', policy).pathname, '/h')
  const changed = webhookPolicy(null, 'other.example')
  for (const url of ['http://ris.internal:8080/h?token=hunter2', 'https://hooks.example.org/h', 'no URL']) {
    assert.throws(() => requireTarget(url, changed), faultOf('callback-refused'))
  }
})

test('a callback goes to public addresses and to the private ones of the list, the own URL to any private one', () => {
  const callback = new URL('https://hooks.example.org/h')
  for (const address of ['1.1.1.1', '10.1.2.3', '::ffff:10.1.2.3']) {
    assert.equal(addressFault(callback, address, policy), null, address)
  }
  for (const address of ['169.254.169.254', '127.0.0.1', '10.2.0.1', '::1', 'fd00::1', '::ffff:127.0.0.1']) {
    assert.match(addressFault(callback, address, policy) ?? '', /private: ONELABEL_CALLBACK_HOSTS/, address)
    assert.equal(addressFault(policy.own!, address, policy), null, address)
  }
})

test('nothing goes over the internet in the clear', () => {
  assert.equal(addressFault(policy.own!, '1.1.1.1', policy), 'is 1.1.1.1, which is public: it must be https')
})

test('the own URL: http to a name or a private address, https to all; anything else is a fault that repeats nothing of it', () => {
  for (const url of [
    'http://localhost:9/h',
    'http://ris/h',
    'http://10.0.0.1',
    'https://1.1.1.1',
    'https://[::1]:9/?q=1',
  ]) {
    assert.equal(webhookPolicy(url).own?.href, new URL(url).href)
  }
  const wrong: readonly [string, RegExp][] = [
    ['http://1.1.1.1/hunter2', /its host is 1\.1\.1\.1, which is public: it must be https$/],
    ['http://[2606:4700::1111]/hunter2', /which is public: it must be https$/],
    ['https://me:hunter2@a.org', /no user name and no password$/],
    ['https://a.org/#hunter2', /no fragment/],
    ['https://hunter2:x', /must be an http\(s\) URL$/],
  ]
  for (const [webhookUrl, reason] of wrong) {
    const read = readWebhookPolicy({ webhookUrl, callbackHosts: null })
    assert.ok(!read.ok, webhookUrl)
    assert.match(read.reason, reason)
    assert.match(read.reason, /^ONELABEL_WEBHOOK_URL: (?!.*hunter2)/)
  }
})
