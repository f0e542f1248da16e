/** `onelabel qc`: results that lie on disk, on one page to look through. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { isMissing } from '../errors.ts'
import { type QcRow, qcHtml } from '../inference/qc-html.ts'
import { writeWhole } from '../inference/write-whole.ts'
import { type Command, usageError } from './command.ts'
import { requireEnding } from './segment-checks.ts'

const HELP = `usage: onelabel qc <folder>… -o <qc.html>

One page to look through many results: a contact sheet, each subject large on a click, and in front what a person should look at
first: results that cannot be a brain, outliers of these results by volume, those of which the network was not sure, other warnings.
The page holds its pictures and asks nobody for anything.

In the folders, and in those within them, every report of onelabel segment (--report) is taken, with the picture (--picture) beside
it: <name>.png beside <name>.json, or picture.png. A report.json is named after its folder.

  -o, --output <file> the page, .html
  --help
`

/** What is read of a report; others write JSON, too. */
const number = z.number().nullable()
const reportSchema = z.object({
  model: z.object({ id: z.string(), version: z.string(), sha256: z.string() }),
  labels: z.array(
    z.object({
      ...{ value: z.int(), name: z.string(), assessable: z.boolean(), voxels: number, volumeMl: number },
      confidence: z.number().optional(),
    }),
  ),
  lesions: z.object({ assessable: z.boolean(), count: number, totalMl: number, largestMl: number }),
  warnings: z.array(z.object({ code: z.string(), message: z.string(), means: z.string(), todo: z.string() })),
})

export const qc: Command = async (args) => {
  const options = { output: { type: 'string', short: 'o' }, help: { type: 'boolean', short: 'h' } } as const
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (positionals.length === 0) throw usageError('no folder is given')
  if (values.output === undefined) throw usageError('-o <qc.html> is missing')
  requireEnding('-o', '.html', values.output)
  const rows: QcRow[] = []
  for (const folder of positionals) {
    for (const path of await jsonFilesIn(folder)) {
      const report = reportIn(await readFile(path, 'utf8'))
      if (report === null) continue
      const picture = await pictureOf(path)
      rows.push({ subject: nameOf(path, folder), report, ...(picture && { picture }) })
    }
  }
  if (rows.length === 0) throw usageError(`no report of onelabel segment lies in ${positionals.join(', ')}`)
  await writeWhole(values.output, [Buffer.from(qcHtml(rows))])
  return 0
}

async function jsonFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw Object.assign(usageError(`cannot read ${folder}`), { cause })
  })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function reportIn(text: string): NonNullable<QcRow['report']> | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const { success, data } = reportSchema.safeParse(json)
  return success ? data : null
}

async function pictureOf(path: string): Promise<Buffer | undefined> {
  for (const name of [`${basename(path, '.json')}.png`, 'picture.png']) {
    const bytes = await readFile(join(dirname(path), name)).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
    if (bytes !== undefined) return bytes
  }
  return undefined
}

/** a/sub-1/report.json of a → sub-1, a/x.json of a → x, a/b/x.json of a → b/x. */
function nameOf(path: string, folder: string): string {
  const within = relative(folder, dirname(path))
  const stem = basename(path, '.json')
  if (stem === 'report') return within === '' ? basename(folder) : within
  return join(within, stem)
}
