/**
 * `npm run sbom`: the packages that the service runs on, as CycloneDX. npm is asked about a lock file without development packages:
 * where one of these uses a package, too, `npm sbom --omit dev` leaves that package out (npm/cli#7909; 58 of 226 here).
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** What is read or changed of a CycloneDX 1.5 document. */
export interface Sbom {
  serialNumber?: string
  readonly metadata: { timestamp: string; readonly component: { name: string; readonly version: string } }
  readonly components: Component[]
}

export interface Component {
  readonly type: 'library' | 'platform' | 'machine-learning-model'
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly licenses?: readonly { readonly license: { readonly id: string } }[]
  readonly hashes?: readonly { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }[]
}

/** package.json, or its entry in the lock file. */
interface Manifest {
  readonly name: string
  devDependencies?: unknown
  optionalDependencies?: unknown
}

interface Lock {
  readonly packages: Record<string, Manifest & { readonly dev?: boolean; readonly optional?: boolean }>
}

const run = promisify(execFile)
const MOST_BYTES = 2 ** 26

/** @param root holds package.json and package-lock.json; nothing need be installed there */
export async function readSbom(root: string): Promise<Sbom> {
  const folder = await mkdtemp(join(tmpdir(), 'onelabel-sbom-'))
  try {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
    for (const [path, entry] of Object.entries(lock.packages)) {
      if (entry.dev || entry.optional) delete lock.packages[path]
    }
    for (const entry of [manifest, lock.packages['']!]) {
      delete entry.devDependencies
      delete entry.optionalDependencies
    }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock))
    await cp(join(root, '.npmrc'), join(folder, '.npmrc'))
    const { stdout } = await run(
      'npm',
      ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--prefix', folder],
      { cwd: folder, maxBuffer: MOST_BYTES },
    )
    const sbom = JSON.parse(stdout) as Sbom
    // npm takes the name of the folder for that of the package.
    sbom.metadata.component.name = manifest.name
    return sbom
  } finally {
    await rm(folder, { recursive: true })
  }
}

if (import.meta.main) {
  console.log(JSON.stringify(await readSbom(resolve(import.meta.dirname, '../..')), null, 2))
}
