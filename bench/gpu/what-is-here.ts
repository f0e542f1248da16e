/** What a machine has of what onnxruntime needs to compute on a GPU, and what mends what it has not. */
import '../../src/network/no-telemetry.ts'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, existsSync, globSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { listSupportedBackends } from 'onnxruntime-node'
import type { Device } from '../../src/network/device.ts'

export type GpuDevice = Exclude<Device, 'cpu'>
export const GPU_DEVICES: readonly GpuDevice[] = ['cuda', 'webgpu']

export interface Missing {
  readonly what: string
  readonly mend: string
}

export interface Gpu {
  readonly name: string
  readonly driver: string
  readonly memoryMiB: number
}

export interface Here {
  /** The version of onnxruntime-node. */
  readonly onnxruntime: string
  /** Where the onnxruntime of Node lies, and looks for its providers. */
  readonly bindingFolder: string
  /** Another folder with the library of CUDA. */
  readonly providerFolder?: string
  readonly gpus: readonly Gpu[]
  /** With the /dev of an NVIDIA driver, with or without its tool. */
  readonly hasNvidiaDevice: boolean
}

export const CUDA_LIBRARY = 'libonnxruntime_providers_cuda.so'
export const CUDA_LIBRARIES = [CUDA_LIBRARY, 'libonnxruntime_providers_shared.so'] as const
/** Where drivers tell the Vulkan loader of themselves. */
const VULKAN_DRIVERS = '{/etc,/usr/share,/usr/local/share}/vulkan/icd.d/*.json'
const VULKAN_LOADER = 'libvulkan.so.1'
const CHUNK_BYTES = 2 ** 22
const LONGEST_VERSION = 32

export function lookAround(onnxruntime: string, providerFolder?: string): Here {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
  return {
    onnxruntime,
    bindingFolder: join(dirname(entry), 'bin/napi-v6', process.platform, process.arch),
    ...(providerFolder !== undefined && { providerFolder: resolve(providerFolder) }),
    gpus: nvidiaGpus(),
    hasNvidiaDevice: globSync('/dev/{nvidia[0-9]*,dxg}').length > 0,
  }
}

function nvidiaGpus(): readonly Gpu[] {
  const asked = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader,nounits']
  const { status, stdout } = spawnSync('nvidia-smi', asked, { encoding: 'utf8', timeout: 10_000 })
  if (status !== 0) return []
  return stdout.trim().split('\n').map(gpuOf)
}

/** "NVIDIA H200, 580.159, 143771" */
export function gpuOf(line: string): Gpu {
  const [name = '', driver = '', memory = ''] = line.split(',').map((cell) => cell.trim())
  return { name, driver, memoryMiB: Number(memory) }
}

/** What is missing for a device; nothing: it can be tried. */
export const MISSING_FOR: Readonly<Record<GpuDevice, (here: Here) => readonly Missing[]>> = {
  cuda: (here) => [...missingPlatform(), ...missingGpu(here), ...missingLibraries(here)],
  webgpu: (here) => [...missingBackend('webgpu'), ...missingVulkan(here)],
}

function missingPlatform(): readonly Missing[] {
  const found = `${process.platform}/${process.arch}`
  return found === 'linux/x64'
    ? []
    : [{ what: `onnxruntime for Node has CUDA on linux/x64 only; this is ${found}`, mend: 'use such a machine' }]
}

function missingBackend(name: string): readonly Missing[] {
  return listSupportedBackends().some((backend) => backend.name === name)
    ? []
    : [{ what: `this onnxruntime has no ${name} provider`, mend: 'use the package for Linux or Windows' }]
}

function missingGpu({ gpus, hasNvidiaDevice }: Here): readonly Missing[] {
  if (gpus.length > 0 || hasNvidiaDevice) return []
  const what = 'no NVIDIA GPU: no nvidia-smi that lists one, no /dev/nvidia*'
  return [{ what, mend: 'install the driver; in a container: docker run --gpus all' }]
}

function missingLibraries({ onnxruntime, bindingFolder, providerFolder }: Here): readonly Missing[] {
  const folder = providerFolder ?? bindingFolder
  const absent = CUDA_LIBRARIES.filter((name) => !existsSync(join(folder, name)))
  if (absent.length > 0) {
    const fetched = 'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js'
    const mend = `run ${fetched}, or name a folder that has those of onnxruntime ${onnxruntime} for GPUs with --provider-dir`
    return [{ what: `no ${absent.join(', no ')} in ${folder}`, mend }]
  }
  const library = join(folder, CUDA_LIBRARY)
  const version = versionWithin(library)
  if (version !== onnxruntime) {
    const what = `${CUDA_LIBRARY} is of onnxruntime ${version ?? 'unknown'}; onnxruntime-node is ${onnxruntime}`
    return [{ what, mend: `take the library of exactly ${onnxruntime}` }]
  }
  const lost = notFound(library)
  if (lost.length === 0) return []
  const mend = 'install the driver, the CUDA of that major number and cuDNN 9, or name their folder in LD_LIBRARY_PATH'
  return [{ what: `the loader does not find ${lost.join(', ')}, which ${CUDA_LIBRARY} needs`, mend }]
}

/**
 * The version that a provider library was built as: it stands in it as a string of its own. Null where there is none, or
 * several. (0 bytes around: "\0" "1.30.0" "\0")
 */
export function versionWithin(path: string): string | null {
  const found = new Set<string>()
  const file = openSync(path, 'r')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (let at = 0, read = 1; read > 0; at += CHUNK_BYTES - LONGEST_VERSION) {
    read = readSync(file, chunk, 0, CHUNK_BYTES, at)
    const text = chunk.toString('latin1', 0, read)
    for (const [, version] of text.matchAll(/\0(1\.\d{1,3}\.\d{1,3})(?=\0)/g)) found.add(version!)
    if (read < CHUNK_BYTES) break
  }
  closeSync(file)
  const [version = null] = found
  return found.size === 1 ? version : null
}

/** Libraries that the loader of this process's environment would not find. "	libcudart.so.13 => not found" */
function notFound(library: string): readonly string[] {
  const { stdout } = spawnSync('ldd', [library], { encoding: 'utf8' })
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name!)
}

function missingVulkan({ gpus, hasNvidiaDevice }: Here): readonly Missing[] {
  if (process.platform !== 'linux') return []
  const named = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES']
  // a driver that was named may compute on anything
  if (named !== undefined) return missingLoader()
  const hasGpu = gpus.length > 0 || hasNvidiaDevice || globSync('/dev/dri/renderD*').length > 0
  const noGpu = { what: 'no GPU: no /dev/dri/renderD*, no /dev/nvidia*', mend: 'install the driver of the GPU' }
  const noDriver = {
    what: `no driver for Vulkan: no ${VULKAN_DRIVERS}, no VK_ICD_FILENAMES`,
    mend: 'install the driver with Vulkan; in a container: NVIDIA_DRIVER_CAPABILITIES=all',
  }
  const hasDriver = globSync(VULKAN_DRIVERS).length > 0
  return [...(hasGpu ? [] : [noGpu]), ...(hasDriver ? [] : [noDriver]), ...missingLoader()]
}

function missingLoader(): readonly Missing[] {
  const named = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean)
  if (named.some((folder) => existsSync(join(folder, VULKAN_LOADER)))) return []
  if (isKnownToLoader(VULKAN_LOADER)) return []
  return [{ what: `no ${VULKAN_LOADER}`, mend: 'install the Vulkan loader (Debian: libvulkan1)' }]
}

function isKnownToLoader(library: string): boolean {
  for (const ldconfig of ['ldconfig', '/sbin/ldconfig']) {
    try {
      return execFileSync(ldconfig, ['-p'], { encoding: 'utf8' }).includes(`${library} `)
    } catch {
      // not on the path of everybody
    }
  }
  return false
}
