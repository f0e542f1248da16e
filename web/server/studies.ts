/** Studies of the PACS, as openapi.yaml has them (PacsStudy). Nothing in them names a patient but the UIDs. */
import { ask, askJson, Refusal } from './request.ts'

export interface Study {
  readonly id: string
  readonly studyInstanceUid: string
  readonly source: string
  readonly rule: string
  readonly state: 'open' | 'ready' | 'running' | 'done' | 'parked' | 'ignored'
  readonly reason: string | null
  readonly created: string
  readonly chosen: readonly { readonly channel: string; readonly instances: number }[]
  readonly job: { readonly id: string } | null
  readonly lastError: string | null
}

/** Null where there is no PACS, or who asks may not see it. */
export async function listStudies(): Promise<readonly Study[] | null> {
  try {
    return (await askJson<{ studies: readonly Study[] }>('v1/pacs/studies?limit=100')).studies
  } catch (error) {
    if (error instanceof Refusal && [403, 404].includes(error.problem.status)) return null
    throw error
  }
}

/** Has a study looked at now. @throws Refusal where no source has it */
export async function takeStudy(studyInstanceUid: string): Promise<void> {
  await ask('v1/pacs/studies', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ studyInstanceUid }),
  })
}
