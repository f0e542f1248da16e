import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublic } from './addresses.ts'

test('addresses of the internet are public, in every way of writing them', () => {
  const found = ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.0.1']
  const more = ['172.32.0.1', '169.253.0.1', '192.167.0.1', '198.20.0.1', '223.255.255.255']
  const v6 = ['2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1', '2001:200::1']
  for (const address of [...found, ...more, ...v6]) assert.ok(isPublic(address), address)
})

const PRIVATE = {
  'this host and the unspecified': ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.255', '::1'],
  'RFC 1918': ['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  'link-local, with the metadata of clouds': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  "behind a carrier's NAT": ['100.64.0.0', '100.127.255.255'],
  'unique local, with the metadata of AWS': ['fc00::1', 'fdff::1', 'fd00:ec2::254'],
  'site-local of old': ['fec0::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255', '4000::1', '100::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff:fff::1'],
  'benchmarks and protocols': ['198.18.0.1', '198.19.255.255', '192.0.0.8', '192.88.99.1', '2001:2::1', '2001::1'],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:10.0.0.1'],
  'IPv4-compatible and translated': ['::127.0.0.1', '::8.8.8.8', '::ffff:0:10.0.0.1'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::192.168.1.1', '64:ff9b:1::8.8.8.8'],
  '6to4': ['2002:7f00:1::1', '2002:a9fe:a9fe::', '2002:c0a8:101::1', '2002:647f:ffff::1'],
  'no address at all': ['', 'localhost', '10.1'],
}
for (const [name, addresses] of Object.entries(PRIVATE)) {
  test(`not public: ${name}`, () => {
    for (const address of addresses) assert.ok(!isPublic(address), address)
  })
}
