/**
 * `npm run archive [-- folder]`: onelabel-<version>-<platform>-<arch>.tar.gz for machines without a network, and its SHA-256 beside it
 * (docs/offline.md). Files of the checkout that git tracks, the production packages that the lock file names, and this Node.
 * The same commit and the same npm, tar and gzip give the same bytes: names are sorted, times are the commit's, nobody owns a file.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Component, readSbom } from './sbom.ts'

const root = resolve(import.meta.dirname, '../..')
const { platform, arch, version: nodeVersion } = process
const exec = promisify(execFile)
const MOST_BYTES = 2 ** 26
const run = (command: string, args: readonly string[], cwd: string) =>
  exec(command, args, { cwd, maxBuffer: MOST_BYTES }).then(({ stdout }) => stdout)

/** What of the checkout goes along: what runs, and what is read by people who have no checkout. */
const WANTED = [
  /^(src|web)\/(?!.*\.test\.ts$)/,
  /^models\/[^/]+\/(?!tfjs\/)/, // the tfjs form is for training on
  /^docs\/([^/]+\.md$|(decisions|images|models)\/)/,
  /^deploy\/(README\.md$|(grafana|nginx|orthanc|pacs|prometheus|viewer)\/)/,
  /^(LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|openapi\.yaml)$/,
]

/** What of packages no program reads: TypeScript (Node runs none of theirs), maps of it, and by their dot what npm and makers keep. */
const UNREAD = ['**/*.{ts,cts,mts}', '**/*.map', '**/.*']

export interface Made {
  readonly file: string
  readonly sha256: string
  readonly bytes: number
}

/** Makes the archive in `folder`. @throws where this is no git checkout, or packages are neither in npm's cache nor to be had */
export async function makeArchive(folder: string): Promise<Made> {
  const { version } = await readJson<{ readonly version: string }>(join(root, 'package.json'))
  const name = `onelabel-${version}-${platform}-${arch}`
  const work = await mkdtemp(join(tmpdir(), 'onelabel-archive-'))
  try {
    const stage = join(work, name)
    const [commit = '', madeS = ''] = (await run('git', ['log', '-1', '--format=%H %ct'], root)).trim().split(' ')
    const isChanged = (await run('git', ['status', '--porcelain', '--untracked-files=no'], root)) !== ''
    await copySources(stage)
    await installPackages(stage)
    await copyRuntime(stage)
    const source = `commit ${commit}${isChanged ? ', and changes that are in no commit' : ''}`
    await writeFile(join(stage, 'VERSION'), `onelabel ${version}\n${source}\nNode ${nodeVersion} ${platform}-${arch}\n`)
    await writeFile(join(stage, 'sbom.json'), await describe(stage, new Date(Number(madeS) * 1000)))
    await writeFile(join(stage, 'SHA256SUMS'), await manifestOf(stage))
    return await pack(work, name, madeS, folder)
  } finally {
    await rm(work, { recursive: true })
  }
}

async function copySources(stage: string): Promise<void> {
  const tracked = (await run('git', ['ls-files', '-z'], root)).split('\0')
  for (const path of tracked.filter((path) => WANTED.some((wanted) => wanted.test(path)))) {
    await cp(join(root, path), join(stage, path))
  }
  await cp(join(import.meta.dirname, 'onelabel'), join(stage, 'onelabel'))
}

/** Production packages by the lock file, whose hashes npm checks; of onnxruntime only what this platform loads. */
async function installPackages(stage: string): Promise<void> {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(root, file), join(stage, file))
  // The prefix, because npm takes that of an `npm run` around it for its own otherwise.
  await run('npm', ['ci', '--omit=dev', '--omit=optional', '--prefer-offline', '--prefix', stage], stage)
  for (const file of ['package-lock.json', '.npmrc']) await rm(join(stage, file))
  const packages = join(stage, 'node_modules')
  const platforms = globSync('onnxruntime-node/bin/napi-v*/*/*', { cwd: packages })
  const own = platforms.filter((path) => path.endsWith(`/${platform}/${arch}`))
  if (own.length !== 1) throw new Error(`onnxruntime-node has no library for ${platform}-${arch}`)
  const unread = globSync(UNREAD, { cwd: packages })
  for (const path of [...platforms.filter((path) => !own.includes(path)), ...unread]) {
    await rm(join(packages, path), { recursive: true, force: true })
  }
}

/** The Node that npm installed for this checkout, with its licence and those of what is compiled into it. */
async function copyRuntime(stage: string): Promise<void> {
  const [from] = globSync(`node_modules/node-${platform}-${arch}/bin/node`, { cwd: root })
  if (from === undefined) throw new Error(`node_modules holds no Node for ${platform}-${arch}: run npm ci`)
  await cp(join(root, from), join(stage, 'runtime/node'))
  await cp(join(root, from, '../../LICENSE'), join(stage, 'runtime/LICENSE'))
}

/** The SBOM as text: the packages, this Node, the models. */
async function describe(stage: string, made: Date): Promise<string> {
  const sbom = await readSbom(root)
  const node: Component = { type: 'platform', 'bom-ref': `node@${nodeVersion}`, name: 'node', version: nodeVersion }
  const models = globSync('models/*/card.json', { cwd: stage }).sort()
  const cards = await Promise.all(models.map((path) => readJson<Card>(join(stage, path))))
  sbom.components.push(node, ...cards.map(asComponent))
  delete sbom.serialNumber // made of random numbers, and may be left out
  sbom.metadata.timestamp = made.toISOString()
  return `${JSON.stringify(sbom, null, 2)}\n`
}

interface Card {
  readonly id: string
  readonly version: string
  readonly license: string
  readonly weights: { readonly sha256: string }
}

function asComponent({ id, version, license, weights }: Card): Component {
  const licenses = [{ license: { id: license } }]
  const hashes = [{ alg: 'SHA-256', content: weights.sha256 }] as const
  return { type: 'machine-learning-model', 'bom-ref': `${id}@${version}`, name: id, version, licenses, hashes }
}

/** SHA-256 of each file, as sha256sum writes and checks it. */
async function manifestOf(stage: string): Promise<string> {
  const files = (await readdir(stage, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(stage.length + 1))
    .sort()
  const lines: string[] = []
  for (const path of files) lines.push(`${sha256Of(await readFile(join(stage, path)))}  ${path}\n`)
  return lines.join('')
}

/** GNU tar, since it sorts by itself; gzip, since it is wherever tar is. */
async function pack(work: string, name: string, madeS: string, folder: string): Promise<Made> {
  const file = resolve(folder, `${name}.tar.gz`)
  await mkdir(dirname(file), { recursive: true })
  const alike = ['--sort=name', `--mtime=@${madeS}`, '--owner=0', '--group=0', '--numeric-owner', '--format=gnu']
  const modes = '--mode=u=rwX,go=rX'
  await run('tar', ['--create', ...alike, modes, '--use-compress-program=gzip -n', `--file=${file}`, name], work)
  const sha256 = sha256Of(await readFile(file))
  await writeFile(`${file}.sha256`, `${sha256}  ${name}.tar.gz\n`)
  return { file, sha256, bytes: (await stat(file)).size }
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T
}

if (import.meta.main) {
  const { file, sha256, bytes } = await makeArchive(process.argv[2] ?? 'dist')
  console.log(`${file}: ${(bytes / 2 ** 20).toFixed(0)} MiB, SHA-256 ${sha256}`)
}
