/**
 * A study whose scans are refused, the whole way: sent to an Orthanc, refused by the service as it is run, and by the rule told
 * in the archive by one report that says why. Read there by dcmtk and pydicom.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dicomToolsMissing, objectFaults, reportTree } from './fixtures/dicom-checks.ts'
import { dicomSeries, EDGE, FLAIR, PLANTED, T1 } from './fixtures/dicom-study.ts'
import { startWithRule } from './fixtures/one-rule.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { pydicom, pydicomMissing } from './fixtures/pydicom.ts'
import { until } from './fixtures/service.ts'
import { makeTinyModel } from './fixtures/tiny-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'onelabel-pacs-refused-'))
after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))

interface StudyDocument {
  readonly id: string
  readonly state: string
  readonly reason: string | null
  readonly effects: readonly { readonly kind: string; readonly target: string; readonly state: string }[]
}

const LOOK = `
s = pydicom.dcmread(args[0])
evidence = s.CurrentRequestedProcedureEvidenceSequence[0]
print(json.dumps([s.Modality, s.StudyInstanceUID, str(s.PatientName), str(s.PatientID), s.Manufacturer,
                  {e.SeriesInstanceUID: sorted(i.ReferencedSOPInstanceUID for i in e.ReferencedSOPSequence) for e in evidence.ReferencedSeriesSequence}]))
`

test('a study that strict refuses has one report in its archive, no segmentation, and stays parked under its code', {
  skip: noOrthanc || pydicomMissing || dicomToolsMissing,
}, async (t) => {
  const orthanc = await startOrthanc(t)
  await makeTinyModel(join(folder, 'models'))
  const rule = {
    ...{ name: 'brain', model: 'tiny', require: ['t1'], wish: ['flair'], send: ['seg', 'sr'], to: ['back'] },
    // A box is no brain.
    ...{ onRefused: 'sr', seriesQuietS: 1, studyQuietS: 3, capS: 60 },
  }
  const service = await startWithRule(t, folder, orthanc, rule)
  for (const file of [T1, FLAIR].flatMap(dicomSeries)) await orthanc.post('instances', file)

  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`${service.base}/v1/pacs/studies${path}`, { method })
    assert.ok(answer.ok, `${answer.status}`)
    return answer.json()
  }
  /** When its report was delivered, so many times in all. */
  async function parked(job?: string): Promise<StudyDocument & { job: { id: string } }> {
    let found: (StudyDocument & { job: { id: string } }) | undefined
    await until(async () => {
      const { studies } = (await ask('')) as { studies: StudyDocument[] }
      if (studies[0]?.state !== 'parked') return false
      found = (await ask(`/${studies[0].id}`)) as StudyDocument & { job: { id: string } }
      return found.job.id !== job && found.effects.every(({ state }) => state === 'verified')
    })
    return found!
  }
  const first = await parked()
  assert.equal(first.reason, 'implausible-result')
  const sent = first.effects.filter(({ kind }) => kind === 'pacs')
  assert.deepEqual(
    sent.map(({ target, state }) => [target, state]),
    [['back', 'verified']],
  )
  assert.equal(await orthanc.count(), 2 * EDGE + 1)
  // What it was made of is gone, and nothing else is left of the job.
  const kept = readdirSync(join(folder, 'data', 'blobs'), { recursive: true }).map(String)
  assert.deepEqual(
    kept.filter((name) => name.includes(first.job.id) && /\.(nii|dcm|gz)$/.test(name)),
    [kept.find((name) => name.endsWith('refusal-1.dcm'))],
  )

  const instances = (await orthanc.get('instances?expand')) as {
    ID: string
    MainDicomTags: { SOPInstanceUID: string }
  }[]
  const [own] = instances.filter(({ MainDicomTags }) => !MainDicomTags.SOPInstanceUID.startsWith('1.2.3.'))
  const path = join(folder, 'report.dcm')
  const file = await fetch(new URL(`/instances/${own!.ID}/file`, orthanc.url))
  writeFileSync(path, Buffer.from(await file.arrayBuffer()))
  const uidsOf = (series: number) => Array.from({ length: EDGE }, (_, k) => `1.2.3.${series}.${k + 1}`).sort()
  assert.deepEqual(pydicom(LOOK, [path]), [
    ...['SR', '1.2.3', `${PLANTED}^NAME`, `${PLANTED}-ID`, 'onelabel'],
    { '1.2.3.1': uidsOf(1), '1.2.3.2': uidsOf(2) },
  ])
  assert.deepEqual(objectFaults(path), [])
  const tree = reportTree(path)
  assert.match(tree, /"implausible-result: [^"]+: see whether it is the right scan/)
  assert.ok(tree.includes('No label map was made by tiny 0.0.1'), tree)

  // Asked for anew it is refused again, and the archive still has one report.
  await ask(`/${first.id}:retry`, 'POST')
  const second = await parked(first.job.id)
  assert.equal(second.reason, 'implausible-result')
  assert.equal(await orthanc.count(), 2 * EDGE + 1)
  assert.ok(!service.lines.join('\n').includes(PLANTED))
})
