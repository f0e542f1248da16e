/** One that we talk to over HTTP: who it is, how it is reached and who we are to it. */
import { lookup as lookUp } from 'node:dns'
import { readFile } from 'node:fs/promises'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublic } from '../security/addresses.ts'
import { hostOf } from '../security/host-list.ts'
import type { PeerConfig } from './config.ts'
import { PacsError } from './delivery-code.ts'

export interface Peer {
  readonly name: string
  /** Ends with a slash. */
  readonly url: URL
  /** Connections are kept for questions, which are asked again when one was closed meanwhile; what is sent has its own. */
  readonly agents: Readonly<Record<'GET' | 'POST', HttpAgent | HttpsAgent>>
  /** Read at each request, so that a password can change without a restart. @throws PacsError no-credentials */
  readonly authorization: () => Promise<string | undefined>
  readonly close: () => void
}

type Environment = Readonly<Record<string, string | undefined>>

/** The most sockets to one peer at a time; further requests wait. */
const MOST_SOCKETS = 8

/** @throws PacsError tls-failed where a file of its TLS cannot be read; address-refused for a public address without TLS */
export async function openPeer(config: PeerConfig, environment: Environment = process.env): Promise<Peer> {
  const { name, url, tls } = config
  const isTls = url.protocol === 'https:'
  if (!isTls && isIP(hostOf(url)) !== 0 && isPublic(hostOf(url))) throw new PacsError(name, 'address-refused')
  const read = async (path: string | undefined) =>
    path === undefined
      ? undefined
      : readFile(path).catch((cause: NodeJS.ErrnoException) => {
          throw new PacsError(name, 'tls-failed', String(cause.code), { cause })
        })
  const [ca, cert, key] = await Promise.all([read(tls?.caFile), read(tls?.certFile), read(tls?.keyFile)])
  const agent = (keepAlive: boolean) => {
    const common = { keepAlive, maxSockets: MOST_SOCKETS }
    if (isTls) return new HttpsAgent({ ...common, ca, cert, key, rejectUnauthorized: true })
    return new HttpAgent({ ...common, lookup: privateOnly(name) } as ConstructorParameters<typeof HttpAgent>[0])
  }
  const agents = { GET: agent(true), POST: agent(false) }
  return {
    name,
    url,
    agents,
    authorization: () => authorizationOf(config, environment),
    close: () => {
      agents.GET.destroy()
      agents.POST.destroy()
    },
  }
}

/** Studies of patients go over the internet by TLS alone: what a name leads to is known only when it is called. */
function privateOnly(name: string): LookupFunction {
  return (host, options, done) =>
    lookUp(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      if (addresses.some(({ address }) => isPublic(address))) return done(new PacsError(name, 'address-refused'), [])
      if (options.all) return done(null, addresses)
      return done(null, addresses[0]!.address, addresses[0]!.family)
    })
}

async function authorizationOf(config: PeerConfig, environment: Environment): Promise<string | undefined> {
  const { name, username, passwordFile, passwordEnv, tokenFile, tokenEnv } = config
  const path = passwordFile ?? tokenFile
  const variable = passwordEnv ?? tokenEnv
  if (path === undefined && variable === undefined) return undefined
  const secret = path === undefined ? environment[variable ?? ''] : await readFile(path, 'utf8').catch(() => undefined)
  if (secret === undefined || secret.trim() === '') throw new PacsError(name, 'no-credentials')
  // A line of its own is how editors write a file.
  const text = secret.replace(/\r?\n$/, '')
  return username === undefined ? `Bearer ${text}` : `Basic ${Buffer.from(`${username}:${text}`).toString('base64')}`
}
