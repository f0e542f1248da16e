import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HostList, hostOf, parseHostList } from './host-list.ts'

function listOf(text: string): HostList {
  const read = parseHostList(text)
  assert.ok(read.ok)
  return read.value
}
const hasUrl = (list: HostList, url: string) => list.hasHost(hostOf(new URL(url)))

test('a name is that name, however a URL writes it, and no other', () => {
  const list = listOf('Hooks.Example.org, bücher.example')
  for (const url of [
    'https://hooks.example.org',
    'https://HOOKS.example.org.:8443/x',
    'https://xn--bcher-kva.example',
  ]) {
    assert.ok(hasUrl(list, url), url)
  }
  for (const host of ['example.org', 'a.hooks.example.org', 'hooks.example.org.evil.net', 'xhooks.example.org']) {
    assert.ok(!hasUrl(list, `https://${host}`), host)
  }
})

test('*.example.org is every name below it, not itself', () => {
  const list = listOf('*.example.org')
  for (const host of ['a.example.org', 'a.b.example.org']) assert.ok(list.hasHost(host), host)
  for (const host of ['example.org', 'badexample.org', 'a.example.org.evil.net']) assert.ok(!list.hasHost(host), host)
})

test('addresses and networks cover addresses, in IPv6 writing too, and no name', () => {
  const list = listOf('10.1.0.0/16,192.168.1.5, fd00::/8,2606:4700::1111')
  for (const address of ['10.1.2.3', '192.168.1.5', 'fd12::1', '2606:4700::1111', '::ffff:10.1.2.3']) {
    assert.ok(list.hasAddress(address), address)
    assert.ok(list.hasHost(address), address)
  }
  assert.ok(hasUrl(list, 'https://[::ffff:10.1.2.3]/') && hasUrl(list, 'https://0x0a.1.515'))
  for (const host of ['10.2.0.1', '192.168.1.6', 'fe80::1', 'localhost']) {
    assert.ok(!list.hasHost(host) && !list.hasAddress(host), host)
  }
})

test('what is not understood is refused and named', () => {
  const wrong = [
    '',
    'a,,b',
    '*',
    '*.',
    'a.*.org',
    'https://a.org',
    'a.org:443',
    'a.org/x',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::/129',
  ]
  for (const text of [...wrong, '10.0.0', '1.2.3.4.5', '*.10.0.0.0', 'a b', 'fe80::1%eth0', '10.0.0.0/8/8']) {
    const read = parseHostList(text)
    assert.ok(!read.ok, text)
    assert.match(read.reason, /^".*" is no name, \*\.name, address or network$/)
  }
})
