/**
 * What a tfjs model is on disk: model.json and its weight shards, read and checked before tfjs sees them, so that
 * whoever gives a wrong file is told what was found. Quantised weights stay as they are: tfjs unpacks them.
 */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { io } from '@tensorflow/tfjs-core'
import { expectedBytes } from './weight-bytes.ts'

export interface Artifacts {
  readonly kind: 'layers' | 'graph'
  /** As model.json states them; what it does not state is left out. */
  readonly format?: string
  readonly generatedBy?: string
  readonly convertedBy?: string
  readonly userDefinedMetadata?: unknown
  /** Of all shards in the manifest's order, as lower-case hex. */
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
const WANTED = "the model.json of a tfjs layers or graph model is wanted ('tensorflowjs_converter' writes one)"

/**
 * Reads model.json at `path` and the shards beside it.
 * @throws a sentence that says what was found and what is wanted: no such file, no JSON, no tfjs model, a Keras file,
 * a missing shard, shards of another length than the manifest states
 */
export async function readArtifacts(path: string): Promise<Artifacts> {
  const json = parse(await readGiven(path))
  const topology = json['modelTopology']
  const kind = kindOf(topology)
  if (kind === undefined || !Array.isArray(json['weightsManifest'])) {
    const found = Object.keys(json).slice(0, 8).join(', ') || 'nothing'
    throw new Error(
      `this is no tfjs model: its JSON holds ${found}, not a modelTopology and a weightsManifest; ${WANTED}`,
    )
  }
  const groups = json['weightsManifest'] as WeightGroup[]
  const weights = await Promise.all(groups.map((group) => readGroup(dirname(path), group)))
  const bytes = Buffer.concat(weights)
  const text = (name: string) => (typeof json[name] === 'string' ? { [name]: json[name] as string } : {})
  const given = (name: string) => (json[name] === undefined ? {} : { [name]: json[name] })
  return {
    kind,
    ...text('format'),
    ...text('generatedBy'),
    ...text('convertedBy'),
    ...given('userDefinedMetadata'),
    weightsSha256: createHash('sha256').update(bytes).digest('hex'),
    model: {
      modelTopology: topology as object,
      weightSpecs: groups.flatMap((group) => group.weights),
      weightData: new Uint8Array(bytes).buffer,
      ...given('signature'),
      ...given('userDefinedMetadata'),
      ...given('modelInitializer'),
      ...given('initializerSignature'),
    },
  }
}

async function readGiven(path: string): Promise<Buffer> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Error(`there is no file at ${path}; ${WANTED}`)
  if (found.isDirectory()) throw new Error(`${path} is a folder; ${WANTED}`)
  return readFile(path)
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> {
  const start = bytes.subarray(0, 4).toString('latin1')
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
function textOf(bytes: Buffer): string {
  const mark = bytes.readUInt16BE(0)
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes)
}

/** A GraphDef has nodes; a Keras topology has a class name and a config, itself or under model_config. */
function kindOf(topology: unknown): 'layers' | 'graph' | undefined {
  if (typeof topology !== 'object' || topology === null) return undefined
  if ('node' in topology && Array.isArray(topology.node)) return 'graph'
  const inner = 'model_config' in topology ? topology.model_config : topology
  return typeof inner === 'object' && inner !== null && 'class_name' in inner ? 'layers' : undefined
}

async function readGroup(folder: string, { paths, weights }: WeightGroup): Promise<Buffer> {
  const shards = await Promise.all(paths.map((path) => readShard(folder, path)))
  const bytes = Buffer.concat(shards)
  const expected = expectedBytes(weights)
  if (expected !== undefined && bytes.length !== expected) {
    const names = paths.map((path) => basename(path)).join(', ')
    throw new Error(`the manifest promises ${expected} bytes of weights, the shards (${names}) hold ${bytes.length}`)
  }
  return bytes
}

/**
 * Browsers ask for the path as a URL, so that 'group%201.bin' may stand for the file 'group 1.bin'. The name as it
 * stands comes first: a file may hold a percent sign.
 */
async function readShard(folder: string, path: string): Promise<Buffer> {
  const names = [...new Set([path, decoded(path)])]
  if (names.some(leavesFolder)) {
    throw new Error(`the manifest names the shard '${path}'; only files beside model.json are read`)
  }
  for (const name of names) {
    const found = await readFile(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
    })
    if (found !== undefined) return found
  }
  throw new Error(
    `the weight shard ${names.map((name) => `'${name}'`).join(' or ')} that model.json names is missing beside it`,
  )
}

function leavesFolder(name: string): boolean {
  return isAbsolute(name) || name.split(/[\\/]/).includes('..') || name.includes('://') || name.includes('\0')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
