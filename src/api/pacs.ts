/**
 * /v1/pacs: the studies of a PACS, for whoever operates the hook to it, and the hint that something came. Without a
 * configuration (ONELABEL_PACS_CONFIG) there is nothing here.
 */
import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { FaultError } from '../errors.ts'
import { PacsError } from '../pacs/delivery-code.ts'
import { isUid } from '../pacs/dicom-json.ts'
import { supersededBy } from '../pacs/object-uids.ts'
import type { Pacs } from '../pacs/open-pacs.ts'
import type { Source } from '../pacs/source.ts'
import type { Store } from '../store/store.ts'
import { STUDY_STATES, type StoredStudy } from '../store/study-store.ts'
import { studyDetails, studyDocument } from './pacs-document.ts'
import { nextOf, pageOf } from './pages.ts'
import { parseBody, smallJson } from './small-json.ts'

export interface PacsDoorDeps {
  readonly pacs: Pacs | null
  readonly store: Pick<Store, 'effects' | 'studies'>
  readonly basePath: string
  readonly nowMs?: () => number
}

/** The time allowed to search one source for one study. */
const FIND_MS = 20_000

const hintBody = z.strictObject({ source: z.string() })
const takeBody = z.strictObject({
  studyInstanceUid: z.string().refine(isUid, 'must be a UID'),
  source: z.string().optional(),
})

export interface PacsDoor {
  readonly list: RequestHandler
  readonly get: RequestHandler
  readonly retry: RequestHandler
  readonly ignore: RequestHandler
  readonly take: readonly RequestHandler[]
  readonly hint: readonly RequestHandler[]
}

/** They throw FaultErrors not-found, malformed-request, and not-ready where a source does not answer. */
export function createPacsDoor({ pacs, store, basePath, nowMs = Date.now }: PacsDoorDeps): PacsDoor {
  const { studies, effects } = store

  function configured(): Pacs {
    if (pacs !== null) return pacs
    throw new FaultError('not-found', 'no PACS is configured here; ONELABEL_PACS_CONFIG names its configuration')
  }

  function sourcesNamed(name: string | undefined): readonly Source[] {
    const { sources } = configured()
    const found = name === undefined ? sources : sources.filter((source) => source.name === name)
    if (found.length > 0) return found
    const known = sources.map((source) => source.name).join(', ') || 'none'
    throw new FaultError('malformed-request', `there is no such source; there are: ${known}`)
  }

  function found(study: StoredStudy | undefined, what: string): StoredStudy {
    if (study === undefined) throw new FaultError('not-found', what)
    return study
  }

  const document = (study: StoredStudy) => studyDocument(study, basePath, nowMs())
  const idOf = (req: Request) => String(req.params['id'])

  return {
    async list(req, res) {
      configured()
      const { limit, ...page } = pageOf(req, STUDY_STATES)
      const list = await studies.list({ ...page, limit: limit + 1 })
      res.json({ studies: list.slice(0, limit).map(document), next: nextOf(list, limit) })
    },
    async get(req, res) {
      const { config } = configured()
      const study = found(await studies.get(idOf(req)), 'there is no such study (any more)')
      const rule = config.rules.find(({ name }) => name === study.rule)
      const superseded = rule === undefined ? [] : supersededBy(await studies.intakesOf(study.id), rule)
      const following = study.jobId === null ? [] : await effects.ofJob(study.jobId)
      res.json({ ...document(study), ...studyDetails(following, superseded) })
    },
    async retry(req, res) {
      configured()
      res.json(document(found(await studies.retry(idOf(req)), 'there is no such study that is not being computed')))
    },
    async ignore(req, res) {
      configured()
      res.json(document(found(await studies.ignore(idOf(req)), 'there is no such study that is not being computed')))
    },
    take: [
      smallJson,
      async (req, res) => {
        const { config } = configured()
        const { studyInstanceUid, source: name } = parseBody(takeBody, req.body)
        for (const source of sourcesNamed(name)) {
          const seen = await findIn(source, studyInstanceUid)
          if (seen.length === 0) continue
          // Another one each time: whoever asks by hand wants it looked at.
          const stamp = `by-hand ${randomUUID()}`
          const touched = seen.map((study) => ({ ...study, stamp }))
          await studies.touch(
            source.name,
            touched,
            config.rules.map((rule) => rule.name),
          )
          res.status(202).json({ source: source.name, studies: seen.length })
          return
        }
        throw new FaultError('not-found', 'no source that was asked has this study')
      },
    ],
    hint: [
      smallJson,
      async (req, res) => {
        const { source } = parseBody(hintBody, req.body)
        for (const { name } of sourcesNamed(source)) await studies.hint(name)
        res.status(204).end()
      },
    ],
  }
}

async function findIn(source: Source, uid: string) {
  try {
    return await source.find(uid, AbortSignal.timeout(FIND_MS))
  } catch (error) {
    if (!(error instanceof PacsError)) throw error
    throw new FaultError('not-ready', error.message, { cause: error })
  }
}
