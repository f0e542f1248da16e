/**
 * A list of hosts that may be called, as `hooks.example.org, *.example.org, 10.1.2.3, 10.1.0.0/16, fd00::/8`. A name says
 * nothing of where it leads: what may be called behind it is for the addresses and networks to say.
 */
import { BlockList, isIP, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Read } from './reloaded-file.ts'

export interface HostList {
  /** Whether a host of a URL (from hostOf) is listed: a name by a name of the list, an address by an address or a network. */
  hasHost(host: string): boolean
  hasAddress(address: string): boolean
}

/** Labels as they are in use, underscores included; the last is not a number, or it would be an address. */
const NAME = /^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?$/

/** An address without brackets, a name without the dot of the root. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

/** @returns not ok, with the entry, where one is not understood */
export function parseHostList(text: string): Read<HostList> {
  const names = new Set<string>()
  const domains: string[] = []
  const networks = new BlockList()
  for (const entry of text.split(',').map((each) => each.trim())) {
    const network = networkOf(entry)
    const name = nameOf(entry.replace(/^\*\./, ''))
    if (network !== null) networks.addSubnet(network.address, network.bits, network.family)
    else if (name === null) return { ok: false, reason: `"${entry}" is no name, *.name, address or network` }
    else if (entry.startsWith('*.')) domains.push(`.${name}`)
    else names.add(name)
  }
  const hasAddress = (address: string) => networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  const hasName = (name: string) => names.has(name) || domains.some((domain) => name.endsWith(domain))
  return { ok: true, value: { hasAddress, hasHost: (host) => (isIP(host) === 0 ? hasName(host) : hasAddress(host)) } }
}

/** As URLs write it: in lower case, and in punycode where it is not ASCII. What ends a host in a URL is not cut off here. */
function nameOf(text: string): string | null {
  const name = /[/:?#@\\]/.test(text) ? '' : domainToASCII(text)
  return NAME.test(name) ? name : null
}

function networkOf(entry: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [address = '', bits, ...rest] = entry.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  if (most < 0 || address.includes('%') || rest.length > 0) return null
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return null
  return { address, bits: Number(bits ?? most), family: most === 128 ? 'ipv6' : 'ipv4' }
}
