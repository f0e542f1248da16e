/** Where the results of `onelabel segment` go: a file each, or all into one folder. */
import { rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { OBJECT_KINDS, type ObjectKind } from '../dicom/object-names.ts'
import type { ObjectsTask } from '../inference/dicom-objects.ts'
import type { Report } from '../inference/report.ts'
import { writeWhole } from '../inference/write-whole.ts'
import { colourTables } from '../labels/colour-tables.ts'
import type { LabelSet } from '../labels/label-set.ts'

export interface Targets {
  readonly labels: string
  readonly confidence?: string
  readonly picture?: string
  readonly pdf?: string
  /** '-' is stdout. */
  readonly report?: string
  /** Where DICOM objects go; there is one folder for all of them. */
  readonly objects?: ObjectsTask['paths']
}

export interface GivenTargets {
  readonly output: string
  readonly confidence?: string | undefined
  readonly picture?: string | undefined
  readonly pdf?: string | undefined
  readonly report?: string | undefined
}

export function filesFor({ output, confidence, report, picture, pdf }: GivenTargets): Targets {
  return { labels: output, ...definedOf({ confidence, report, picture, pdf }) }
}

export function folderFor({ output, ...given }: GivenTargets): Targets {
  const objects = Object.fromEntries(OBJECT_KINDS.map((kind) => [kind, join(output, `${kind}.dcm`)]))
  return {
    ...filesFor({ report: join(output, 'report.json'), output: join(output, 'labels.nii.gz'), ...definedOf(given) }),
    objects: objects as Record<ObjectKind, string>,
  }
}

/** So that nothing of an earlier run can lie beside what this one makes, or in its place where it fails. */
export async function clearFolder(targets: Targets): Promise<void> {
  if (targets.objects !== undefined) for (const path of pathsOf(targets)) await rm(path, { force: true })
}

/** The paths of all files that may be written. */
export function pathsOf({ labels, confidence, report, picture, pdf, objects }: Targets): readonly string[] {
  const paths = [labels, confidence, picture, pdf, report === '-' ? undefined : report, ...Object.values(objects ?? {})]
  return paths.filter((path) => path !== undefined)
}

/** The report, which is the last: where it is in a folder, all is. */
export async function writeReport({ report: path, objects }: Targets, report: Report): Promise<void> {
  const json = `${JSON.stringify(report, null, 2)}\n`
  if (path === '-') process.stdout.write(json)
  else if (path !== undefined && objects !== undefined) await writeWhole(path, [Buffer.from(json)])
  else if (path !== undefined) await writeFile(path, json)
}

/** Beside the label map, named after it: labels.nii.gz → labels.lut and so on. */
export async function writeColourTables({ labels: map }: Targets, labels: LabelSet): Promise<void> {
  const tables = colourTables(labels, basename(map, '.nii.gz'))
  for (const [name, text] of Object.entries(tables)) await writeWhole(join(dirname(map), name), [Buffer.from(text)])
}

type Defined<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> }

function definedOf<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>
}
