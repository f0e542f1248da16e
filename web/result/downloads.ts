/** What there is to take home. Each file comes from the service as it is; the CSV is made of the report here. */

import type { Report } from '../../src/inference/report.ts'
import { button, make } from '../dom.ts'
import { type Job, jobPath } from '../server/jobs.ts'
import { ask } from '../server/request.ts'
import { reportCsv } from './report-csv.ts'

interface Download {
  readonly text: string
  readonly path: string
  readonly accept?: string
  /** Without one the service names the file. */
  readonly name?: string
}

function downloadsOf({ id, report }: Job): readonly Download[] {
  const objects = report?.objects ?? []
  return [
    { text: 'Label map (NIfTI)', path: jobPath(id, '/labels') },
    { text: 'Confidence (NIfTI)', path: jobPath(id, '/confidence') },
    ...(report?.pdf
      ? [{ text: 'Report (PDF)', path: jobPath(id), accept: 'application/pdf', name: 'onelabel-report.pdf' }]
      : []),
    ...(objects.includes('seg') ? [{ text: 'DICOM SEG', path: jobPath(id, '/seg') }] : []),
    ...(objects.includes('sr') ? [{ text: 'DICOM SR', path: jobPath(id, '/sr') }] : []),
    ...(objects.includes('sc') ? [{ text: 'DICOM pictures', path: jobPath(id, '/sc') }] : []),
  ]
}

/** @param failed is told what could not be had */
export function downloadList(job: Job, report: Report, failed: (error: unknown) => void): HTMLElement {
  const stem = (job.name ?? job.id).replace(/[^\p{L}\p{N}._-]+/gu, '-')
  const fetched = downloadsOf(job).map(({ text, path, accept, name }) =>
    button(text, () => void saveFrom(path, accept, name).catch(failed)),
  )
  const made = [
    button('Numbers (CSV)', () => save(new Blob([reportCsv(report)], { type: 'text/csv' }), `${stem}.csv`)),
    button('Numbers (JSON)', () =>
      save(new Blob([JSON.stringify(report, null, 2)], { type: 'application/json' }), `${stem}.json`),
    ),
  ]
  return make('section', { class: 'card' }, [
    make('h2', {}, 'Download'),
    make('p', { class: 'actions' }, [...fetched, ...made]),
  ])
}

/** Asked for here and not by a link: a refusal is said in words, and a PDF has the address of the job. */
export async function saveFrom(path: string, accept = '*/*', name?: string): Promise<void> {
  const response = await ask(path, { headers: { Accept: accept } })
  save(await response.blob(), name ?? fileNameIn(response.headers.get('Content-Disposition')) ?? 'download')
}

function fileNameIn(disposition: string | null): string | null {
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1]
  if (coded !== undefined) return decodeURIComponent(coded)
  return /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1] ?? null
}

export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  make('a', { href: url, download: name }).click()
  URL.revokeObjectURL(url)
}
