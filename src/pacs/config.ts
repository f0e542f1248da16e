/**
 * What ONELABEL_PACS_CONFIG says: where studies come from, where results go, and by which rule. Names are ours: they stand in
 * the store, in the log and in the metrics, so they hold nothing of a patient. A key that is not known is a fault, because a
 * word with a slip in it would be a default in silence.
 */
import { z } from 'zod'
import { plainUrl } from '../security/webhook-policy.ts'

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a small letter and then small letters, digits and hyphens, 40 at most')
const file = z.string().min(1, 'must name a file')
/** Those of ours are settings of the service, and an unknown one stops its start. */
const variable = z
  .string()
  .regex(/^(?!ONELABEL_)[A-Z][A-Z0-9_]*$/, 'must name a variable of the environment that does not begin with ONELABEL_')

/** The names of Orthanc's own configuration and AE titles. */
const remote = z.string().regex(/^[\w.-]{1,64}$/, 'must be a name of letters, digits, _, . and -, 64 at most')

const url = z.string().transform((text, context) => {
  const found = plainUrl(text)
  if (typeof found !== 'string' && found.search === '') return new URL(found.href.replace(/\/*$/, '/'))
  context.addIssue({ code: 'custom', message: typeof found === 'string' ? found : 'must hold no query (?…)' })
  return z.NEVER
})

const seconds = (fallback: number, least = 0, most = 7 * 86_400) =>
  z.number().int().min(least).max(most).default(fallback)

interface Secrets {
  readonly username?: string | undefined
  readonly passwordFile?: string | undefined
  readonly passwordEnv?: string | undefined
  readonly tokenFile?: string | undefined
  readonly tokenEnv?: string | undefined
}

/** One way to say who we are, or none. */
function isOneSecret({ username, passwordFile, passwordEnv, tokenFile, tokenEnv }: Secrets): boolean {
  const of = (...list: (string | undefined)[]) => list.filter((each) => each !== undefined).length
  const [passwords, tokens] = [of(passwordFile, passwordEnv), of(tokenFile, tokenEnv)]
  return username === undefined ? passwords === 0 && tokens <= 1 : passwords === 1 && tokens === 0
}
const ONE_SECRET = {
  message: 'must have username with passwordFile or passwordEnv, or tokenFile, or tokenEnv, or none of them',
}

const peer = {
  name,
  /** The root of Orthanc; for DICOMweb, what stands before /studies. */
  url,
  /** With one of the two that follow: HTTP Basic. */
  username: z.string().min(1).optional(),
  passwordFile: file.optional(),
  passwordEnv: variable.optional(),
  /** Bearer. */
  tokenFile: file.optional(),
  tokenEnv: variable.optional(),
  tls: z
    .strictObject({
      /** Certificates that are trusted instead of the usual ones (PEM). */
      caFile: file.optional(),
      /** Ours, and its key (PEM). */
      certFile: file.optional(),
      keyFile: file.optional(),
    })
    .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
      message: 'must have certFile and keyFile, or neither',
    })
    .optional(),
}

const polled = {
  ...peer,
  /** How often it is asked without a hint. */
  everyS: seconds(30, 1, 3600),
}

const source = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('orthanc'),
      ...polled,
      /** Where a source begins that was never read: a history of years is taken only when that is said. */
      from: z.enum(['now', 'beginning']).default('now'),
    })
    .refine(isOneSecret, ONE_SECRET),
  z
    .strictObject({
      kind: z.literal('dicomweb'),
      ...polled,
      /** Studies whose date is so many days back, today and yesterday without it. */
      days: z.number().int().min(0).max(365).default(1),
    })
    .refine(isOneSecret, ONE_SECRET),
])

const destination = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('stow'),
      ...peer,
      /** `none`: where an archive stores but answers no searches. */
      verify: z.enum(['qido', 'none']).default('qido'),
    })
    .refine(isOneSecret, ONE_SECRET),
  z
    .strictObject({
      kind: z.literal('orthanc'),
      ...peer,
      modality: remote.optional(),
      peer: remote.optional(),
      /** `find`: the modality is asked whether it has it. */
      verify: z.enum(['find', 'none']).default('none'),
    })
    .refine(({ verify, modality }) => verify === 'none' || modality !== undefined, {
      path: ['verify'],
      message: 'can be find with a modality alone: a peer answers no C-FIND',
    })
    .refine(({ modality, peer }) => (modality === undefined) !== (peer === undefined), {
      message: 'must have modality or peer, one of them: to whom that Orthanc sends',
    })
    .refine(isOneSecret, ONE_SECRET),
])

const channels = z.array(name).refine((list) => new Set(list).size === list.length, 'must name each channel once')

const rule = z.strictObject({
  name,
  model: z.string().min(1),
  /** Channels without which nothing is computed, and those that are waited for. */
  require: channels.min(1, 'must name a channel'),
  wish: channels.default([]),
  send: z.array(z.enum(['seg', 'sr', 'sc'])).default(['seg', 'sr']),
  to: z.array(name).default([]),
  /** A series to which nothing came for so long is complete, where nobody says how many there are to be. */
  seriesQuietS: seconds(60),
  /** A study to which nothing came for so long gets no further series. */
  studyQuietS: seconds(900),
  /** So long after its first instance a study is not waited for any more. */
  capS: seconds(5400),
  /** Nobody looks at a result before it is in the archive: what cannot be a brain is no result. False sends it with its warnings. */
  strict: z.boolean().default(true),
  /** What goes out of a study whose scans are refused: nothing, or a report that says why there is no label map. */
  onRefused: z.enum(['park', 'sr']).default('park'),
  /** A study that was computed and then changed. */
  rerun: z.enum(['never', 'replace', 'keep']).default('never'),
})

export const pacsConfig = z
  .strictObject({
    sources: z.array(source).default([]),
    destinations: z.array(destination).default([]),
    rules: z.array(rule).default([]),
    /** How long it is known of a study what was made of it, after something happened to it last. */
    keepDays: z.number().int().min(1).max(3650).default(400),
  })
  .superRefine(({ sources, destinations, rules, keepDays }, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    for (const [list, of] of Object.entries({ sources, destinations, rules })) {
      for (const [at, { name }] of of.entries()) {
        if (of.findIndex((other) => other.name === name) < at) fault([list, at, 'name'], `there are two named ${name}`)
      }
    }
    for (const [at, source] of sources.entries()) {
      // What was forgotten and is found again would be computed again.
      if (source.kind === 'dicomweb' && keepDays <= source.days + 1) {
        fault(['sources', at, 'days'], `must be less than keepDays (${keepDays}) by more than one`)
      }
    }
    for (const [at, { to, require, wish, seriesQuietS, studyQuietS, capS }] of rules.entries()) {
      if (seriesQuietS > studyQuietS || studyQuietS > capS) {
        fault(['rules', at], 'must have seriesQuietS, studyQuietS and capS that do not fall, in this order')
      }
      for (const each of to) {
        if (!destinations.some(({ name }) => name === each)) {
          fault(['rules', at, 'to'], `there is no destination ${each}; there are: ${names(destinations)}`)
        }
      }
      for (const each of wish) if (require.includes(each)) fault(['rules', at, 'wish'], `${each} is required already`)
    }
  })
  .readonly()

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(', ') || 'none'

export type PacsConfig = z.output<typeof pacsConfig>
export type SourceConfig = PacsConfig['sources'][number]
export type DestinationConfig = PacsConfig['destinations'][number]
export type PeerConfig = SourceConfig | DestinationConfig
export type Rule = PacsConfig['rules'][number]
