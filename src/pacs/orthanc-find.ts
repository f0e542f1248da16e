/** Asks a modality, through an Orthanc that knows it, whether it has an instance: a C-FIND at its level. */
import { z } from 'zod'
import type { Parcel } from './deliver.ts'
import { PacsError } from './delivery-code.ts'
import { isUid } from './dicom-json.ts'
import { getJson, postJson } from './orthanc-api.ts'
import type { Peer } from './peer.ts'

const query = z.object({ ID: z.string().regex(/^[0-9a-f-]{36}$/) })
const answers = z.array(z.object({ SOPInstanceUID: z.string().refine(isUid).optional() }))

/** @throws PacsError peer-unreachable, where the modality does not answer */
export async function isFoundAt(peer: Peer, modality: string, parcel: Parcel, signal: AbortSignal): Promise<boolean> {
  const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = parcel
  const Query = {
    StudyInstanceUID: studyInstanceUid,
    SeriesInstanceUID: seriesInstanceUid,
    SOPInstanceUID: sopInstanceUid,
  }
  const asked = await postJson(peer, `modalities/${modality}/query`, { Level: 'Instance', Query }, query, signal).catch(
    (error: unknown) => {
      // Orthanc answers 500 where the other side does not.
      if (!(error instanceof PacsError) || error.code !== 'failed') throw error
      throw new PacsError(peer.name, 'peer-unreachable', 'C-FIND', { cause: error })
    },
  )
  const found = await getJson(peer, `queries/${asked.ID}/answers?expand&simplify`, answers, signal)
  return found?.some((answer) => answer.SOPInstanceUID === sopInstanceUid) ?? false
}
