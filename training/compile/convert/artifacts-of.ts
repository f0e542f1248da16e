/**
 * What a tfjs model is: model.json and its weight shards, checked before tfjs sees them, so that whoever gives a wrong file is told
 * what was found. Quantised weights stay as they are: tfjs unpacks them. Where the bytes come from (a disk, a page's files, a
 * server) does not matter here.
 */
import type { io } from '@tensorflow/tfjs-core'
import { expectedBytes } from './weight-bytes.ts'

export interface Artifacts {
  readonly kind: 'layers' | 'graph'
  /** As model.json states them; what it does not state is left out. */
  readonly format?: string
  readonly generatedBy?: string
  readonly convertedBy?: string
  readonly userDefinedMetadata?: unknown
  /** The hash of all shards in the manifest's order, as lower-case hex. */
  readonly weightsSha256: string
  /** What tfjs's loaders take. */
  readonly model: io.ModelArtifacts
}

interface WeightGroup {
  readonly paths: readonly string[]
  readonly weights: readonly io.WeightsManifestEntry[]
}

/** Files that are given by mistake, by their first bytes. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['\x89HDF', 'a Keras .h5 file'],
  ['PK', 'a zip file (a .keras file is one)'],
]
export const WANTED = "the model.json of a tfjs layers or graph model is wanted ('tensorflowjs_converter' writes one)"

/** The bytes of the shard of that name beside model.json; undefined where there is none. */
export type ReadShard = (name: string) => Promise<Uint8Array | undefined>

/**
 * @param given the bytes of model.json
 * @throws a sentence that says what was found and what is wanted: no JSON, no tfjs model, a Keras file, a missing shard, shards of
 *   another length than the manifest states
 */
export async function artifactsOf(given: Uint8Array, readShard: ReadShard): Promise<Artifacts> {
  const json = parse(given)
  const topology = json['modelTopology']
  const kind = kindOf(topology)
  if (kind === undefined || !Array.isArray(json['weightsManifest'])) {
    const found = Object.keys(json).slice(0, 8).join(', ') || 'nothing'
    throw new Error(
      `this is no tfjs model: its JSON holds ${found}, not a modelTopology and a weightsManifest; ${WANTED}`,
    )
  }
  const groups = json['weightsManifest'] as WeightGroup[]
  const bytes = joined(await Promise.all(groups.map((group) => readGroup(group, readShard))))
  const text = (name: string) => (typeof json[name] === 'string' ? { [name]: json[name] as string } : {})
  const stated = (name: string) => (json[name] === undefined ? {} : { [name]: json[name] })
  return {
    kind,
    ...text('format'),
    ...text('generatedBy'),
    ...text('convertedBy'),
    ...stated('userDefinedMetadata'),
    weightsSha256: await sha256(bytes),
    model: {
      modelTopology: topology as object,
      weightSpecs: groups.flatMap((group) => group.weights),
      weightData: bytes.buffer,
      ...stated('signature'),
      ...stated('userDefinedMetadata'),
      ...stated('modelInitializer'),
      ...stated('initializerSignature'),
    },
  }
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const start = String.fromCharCode(...bytes.subarray(0, 4))
  for (const [magic, name] of FOREIGN) {
    if (start.startsWith(magic)) throw new Error(`this is ${name}, no model.json; ${WANTED}`)
  }
  try {
    const json = JSON.parse(textOf(bytes)) as unknown
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>
  } catch (cause) {
    throw new Error(`this is no JSON; ${WANTED}`, { cause })
  }
  throw new Error(`this JSON is no object; ${WANTED}`)
}

/** A decoder takes away the byte order mark of its own encoding; PowerShell writes UTF-16. */
function textOf(bytes: Uint8Array): string {
  const mark = (bytes[0]! << 8) | bytes[1]!
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes)
}

/** A GraphDef has nodes; a Keras topology has a class name and a config, itself or under model_config. */
function kindOf(topology: unknown): 'layers' | 'graph' | undefined {
  if (typeof topology !== 'object' || topology === null) return undefined
  if ('node' in topology && Array.isArray(topology.node)) return 'graph'
  const inner = 'model_config' in topology ? topology.model_config : topology
  return typeof inner === 'object' && inner !== null && 'class_name' in inner ? 'layers' : undefined
}

async function readGroup({ paths, weights }: WeightGroup, readShard: ReadShard): Promise<Uint8Array> {
  const bytes = joined(await Promise.all(paths.map((path) => shardOf(path, readShard))))
  const expected = expectedBytes(weights)
  if (expected !== undefined && bytes.length !== expected) {
    const names = paths.map((path) => path.split('/').at(-1)).join(', ')
    throw new Error(`the manifest promises ${expected} bytes of weights, the shards (${names}) hold ${bytes.length}`)
  }
  return bytes
}

/**
 * Browsers ask for the path as a URL, so that 'group%201.bin' may stand for the file 'group 1.bin'. The name as it
 * stands comes first: a file may hold a percent sign.
 */
async function shardOf(path: string, readShard: ReadShard): Promise<Uint8Array> {
  const names = [...new Set([path, decoded(path)])]
  if (names.some(leavesFolder)) {
    throw new Error(`the manifest names the shard '${path}'; only files beside model.json are read`)
  }
  for (const name of names) {
    const found = await readShard(name)
    if (found !== undefined) return found
  }
  throw new Error(
    `the weight shard ${names.map((name) => `'${name}'`).join(' or ')} that model.json names is missing beside it`,
  )
}

function leavesFolder(name: string): boolean {
  return (
    /^[\\/]|^[A-Za-z]:/.test(name) || name.split(/[\\/]/).includes('..') || name.includes('://') || name.includes('\0')
  )
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** As lower-case hex. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
