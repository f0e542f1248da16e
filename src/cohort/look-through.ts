/** The page of a cohort to look through: what each subject's map looks like, and whom to look at first. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../errors.ts'
import { type QcRow, qcHtml } from '../inference/qc-html.ts'
import { writeWhole } from '../inference/write-whole.ts'
import { PAGE_NAME, placesOf } from './places.ts'
import type { Subject } from './subject.ts'
import type { Row } from './table.ts'

/** @param rows of `subjects`, in their order, each done or failed */
export async function writeLookThrough(out: string, subjects: readonly Subject[], rows: readonly Row[]): Promise<void> {
  const all: QcRow[] = []
  for (const [at, { subject, session, report, code }] of rows.entries()) {
    const picture = report && (await pictureAt(placesOf(out, subjects[at]!).picture))
    all.push({
      subject: session === null ? subject : `${subject}, ${session}`,
      ...(report && { report }),
      ...(picture && { picture }),
      ...(code !== null && { failure: code }),
    })
  }
  await writeWhole(join(out, PAGE_NAME), [Buffer.from(qcHtml(all))])
}

async function pictureAt(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error
    return undefined
  })
}
