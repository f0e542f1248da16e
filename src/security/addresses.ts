/**
 * Which addresses are of the public internet: all but those of IANA's special-purpose registries (RFC 6890 and what came
 * after it). An IPv4 address that is written in IPv6 counts as what it is: mapped (RFC 4291), NAT64 (RFC 6052) and
 * 6to4 (RFC 3056).
 */
import { BlockList, isIP, isIPv6 } from 'node:net'

const PRIVATE_IPV4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // behind a carrier's NAT
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local; 169.254.169.254 gives a cloud machine its credentials
  ['172.16.0.0', 12],
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation, as 198.51.100 and 203.0.113
  ['192.88.99.0', 24], // relays of 6to4
  ['192.168.0.0', 16],
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]
/** IPv6 is handed out from here alone: loopback, unique local, link-local and multicast lie outside (RFC 4291, 2.4). */
const GLOBAL_IPV6 = [
  ['2000::', 3],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
] as const
const PRIVATE_IPV6 = [
  ['2001::', 23], // protocol assignments, with Teredo
  ['2001:db8::', 32], // documentation, as 3fff::/20
  ['3fff::', 20],
] as const

const globalIpv6 = new BlockList()
for (const [network, bits] of GLOBAL_IPV6) globalIpv6.addSubnet(network, bits, 'ipv6')
const special = new BlockList()
for (const [network, bits] of PRIVATE_IPV6) special.addSubnet(network, bits, 'ipv6')
for (const [network, bits] of PRIVATE_IPV4) {
  const hex = Buffer.from(network.split('.').map(Number)).toString('hex')
  const groups = `${hex.slice(0, 4)}:${hex.slice(4)}`
  special.addSubnet(network, bits) // BlockList finds the mapped ones by this, too
  special.addSubnet(`64:ff9b::${groups}`, 96 + bits, 'ipv6')
  special.addSubnet(`2002:${groups}::`, 16 + bits, 'ipv6')
}

/** What is no address is not public. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false
  if (isIPv6(address)) return globalIpv6.check(address, 'ipv6') && !special.check(address, 'ipv6')
  return !special.check(address)
}
