/** What a folder of results says of itself (BIDS), and the table of what its labels mean. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../inference/write-whole.ts'
import { colourTables } from '../labels/colour-tables.ts'
import type { LabelSet } from '../labels/label-set.ts'
import type { Model } from '../model/registry.ts'
import { DESCRIPTION_NAME } from './places.ts'

const NAME = 'onelabel'

export interface Described {
  readonly out: string
  readonly model: Pick<Model, 'card'>
  readonly softwareVersion: string
  /** The folder that the scans lie in, as a relative or file URI; null where they come from a list. */
  readonly rawUri: string | null
}

/** Also the tables of colours, once for all maps. */
export async function describeFolder({ out, model: { card }, softwareVersion, rawUri }: Described): Promise<void> {
  const description = {
    Name: 'Label maps of tissue and lesions',
    BIDSVersion: '1.10.0',
    DatasetType: 'derivative',
    License: 'n/a',
    GeneratedBy: [
      { Name: NAME, Version: softwareVersion, Description: 'Research use only, not a medical device' },
      { Name: card.id, Version: card.version, Description: `${card.title}; weights SHA-256 ${card.weights.sha256}` },
    ],
    ...(rawUri !== null && { SourceDatasets: [{ URL: rawUri }], DatasetLinks: { raw: rawUri } }),
  }
  const files = {
    [DESCRIPTION_NAME]: `${JSON.stringify(description, null, 2)}\n`,
    'dseg.tsv': labelTsv(card.labels),
    ...colourTables(card.labels, 'labels'),
  }
  for (const [name, text] of Object.entries(files)) await writeWhole(join(out, name), [Buffer.from(text)])
}

/** Whether results may go into a folder: it is empty of data sets, or of our own making. */
export async function isOurs(out: string): Promise<boolean> {
  const text = await readFile(join(out, DESCRIPTION_NAME), 'utf8').catch(() => null)
  if (text === null) return true
  try {
    const { GeneratedBy } = JSON.parse(text) as { readonly GeneratedBy?: readonly { readonly Name?: unknown }[] }
    return GeneratedBy?.[0]?.Name === NAME
  } catch {
    return false
  }
}

/** bids-specification, "Segmentations": index and name are required, colour is that of the card. */
export function labelTsv(labels: LabelSet): string {
  const rows = labels.map(({ value, name, color, code }) => {
    const hex = color.map((channel) => channel.toString(16).padStart(2, '0')).join('')
    return [String(value), name, `#${hex}`, code ? `${code.scheme}:${code.value}` : 'n/a']
  })
  return [['index', 'name', 'color', 'code'], ...rows].map((row) => `${row.join('\t')}\n`).join('')
}
