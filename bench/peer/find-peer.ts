/** Where the Python service is that we are measured against, and a Python that can run it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { procMissing } from './processes.ts'

/** What peer.py and its header import. */
const MODULES = ['fastapi', 'uvicorn', 'nibabel', 'scipy', 'numpy', 'onnxruntime'] as const
const MEND = 'test/install-peers.sh --bench installs them'
/** Prints module → version, null where it cannot be imported. */
const ASK = `
import importlib, json, platform
def version(name):
    try: return importlib.import_module(name).__version__
    except ImportError: return None
print(json.dumps({'python': platform.python_version(), **{name: version(name) for name in '${MODULES.join(' ')}'.split()}}))
`

export interface Peer {
  readonly folder: string
  /** Holds the card and the network that it runs. */
  readonly modelFolder: string
  readonly python: string
  /** The versions of Python and of each module. */
  readonly versions: Readonly<Record<string, string>>
}

/** @returns a reason where it cannot be run. @param python the only one that is tried; absent: where they are by custom */
export function findPeer(folder: string, python?: string): Peer | string {
  if (procMissing !== false) return procMissing
  for (const file of ['peer.py', 'plain/card.json', 'plain/model.onnx']) {
    if (!existsSync(join(folder, file))) return `no ${file} in ${folder}; --peer names the folder of the peer`
  }
  const peers = process.env['ONELABEL_PEERS'] ?? join(homedir(), '.cache/onelabel-peers')
  const tried = python === undefined ? [join(peers, 'bin/python'), 'python3', '/usr/bin/python3'] : [python]
  const reasons: string[] = []
  for (const one of tried) {
    const versions = versionsOf(one)
    if (versions === null) {
      reasons.push(`${one} does not run`)
      continue
    }
    const missing = Object.entries(versions).flatMap(([name, version]) => (version === null ? [name] : []))
    const found = { folder: resolve(folder), modelFolder: resolve(folder, 'plain'), python: one }
    if (missing.length === 0) return { ...found, versions: versions as Peer['versions'] }
    reasons.push(`${one} has no ${missing.join(', ')}`)
  }
  return `${reasons.join('; ')}; ${MEND}`
}

function versionsOf(python: string): Record<string, string | null> | null {
  const { status, stdout } = spawnSync(python, ['-c', ASK], { encoding: 'utf8' })
  return status === 0 ? JSON.parse(stdout) : null
}
