/**
 * The service's settings: environment → frozen Config, every fault at once. Read once, by main.ts; passed down.
 * SETTINGS is the one table of them: the parser, the table in docs/settings.md and its test all come from it.
 * More than 200 lines: one table, one row a setting.
 */
import { resolve } from 'node:path'
import { z } from 'zod'
import { DEVICE_CHOICES } from './network/device.ts'

interface Setting<T> {
  /** Ours, or where others agreed on a name, theirs. */
  readonly env: `ONELABEL_${string}` | `AWS_${string}`
  /** As it would be written in the environment. */
  readonly fallback: string
  readonly docs: string
  readonly schema: z.ZodType<T>
}

function setting<T>(env: Setting<T>['env'], fallback: string, schema: z.ZodType<T>, docs: string): Setting<T> {
  return { env, fallback, docs, schema }
}

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be from ${min} to ${max}`)
const seconds = (min: number, max: number) => whole(min, max).transform((s) => s * 1000)
const folder = z
  .string()
  .min(1, 'must name a folder')
  .transform((path) => resolve(path))
/** `none` is null, so that an empty value stays a fault. */
const optional = (what: string) =>
  z
    .string()
    .min(1, `must be none or ${what}`)
    .transform((value) => (value === 'none' ? null : value))
const optionalFile = optional('a file').transform((path) => (path === null ? null : resolve(path)))
const flag = z.enum(['0', '1'], 'must be 0 or 1').transform((value) => value === '1')

/** Names that are no path of ours: whether a request came with the prefix or without it must be seen from its path alone. */
const BASE_PATH = /^(\/|(?!\/(v\d|livez|readyz|metrics|openapi\.yaml|docs)(\/|$))(\/[\w~-][\w.~-]*)+)$/i
const basePath = z
  .string()
  .regex(BASE_PATH, 'must be / or a path such as /onelabel, without a slash at its end, that is none of our own')
  .transform((path) => (path === '/' ? '' : path))

/** As a browser says it: no path, no slash at the end, the port only where it is not the usual one. */
function isOrigin(text: string): boolean {
  return text === '*' || (/^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text)
}
const origins = z
  .string()
  .transform((list): readonly string[] => (list === 'none' ? [] : list.split(',').map((origin) => origin.trim())))
  .refine(
    (list) => list.every(isOrigin),
    'must be none, * or origins such as https://viewer.example.org, with commas between',
  )

/** Bucket names as AWS allows them; the parts of the prefix as keys need no escaping. */
const S3_PLACE = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9][A-Za-z0-9._-]*)*\/?$/
const GIB = 2 ** 30
const DAY_S = 86_400

export const SETTINGS = {
  port: setting('ONELABEL_PORT', '8080', whole(0, 65_535), 'TCP port; 0 takes a free one, which the log names'),
  host: setting('ONELABEL_HOST', '127.0.0.1', z.string().min(1, 'must name an address'), 'address to listen on'),
  basePath: setting(
    'ONELABEL_BASE_PATH',
    '/',
    basePath,
    'what a proxy puts before our paths, such as `/onelabel`; it is in every link that we give',
  ),
  dataDir: setting('ONELABEL_DATA_DIR', '.onelabel', folder, 'jobs, uploads and results; a restart goes on with them'),
  modelsDir: setting(
    'ONELABEL_MODELS_DIR',
    resolve(import.meta.dirname, '../models'),
    folder,
    'one folder a model: card, weights, golden case (default: `models` of the checkout)',
  ),
  device: setting(
    'ONELABEL_DEVICE',
    'auto',
    z.enum(DEVICE_CHOICES, `must be one of ${DEVICE_CHOICES.join(', ')}`),
    'auto: CUDA, else CPU with the reason logged; a named device that fails leaves the service not ready',
  ),
  threads: setting('ONELABEL_THREADS', '0', whole(0, 1024), 'threads of one network run; 0: the cores we may use'),
  maxUploadBytes: setting('ONELABEL_MAX_UPLOAD_BYTES', `${GIB / 4}`, whole(1024, 64 * GIB), 'one file, as sent'),
  maxInflatedBytes: setting('ONELABEL_MAX_INFLATED_BYTES', `${GIB}`, whole(1024, 64 * GIB), 'one file, unpacked'),
  maxVoxels: setting('ONELABEL_MAX_VOXELS', `${2 ** 27}`, whole(1, 2 ** 33), 'voxels of one scan (512³)'),
  queueLength: setting('ONELABEL_QUEUE_LENGTH', '16', whole(1, 10_000), 'jobs uploading or waiting; beyond it: 503'),
  jobTimeoutMs: setting('ONELABEL_JOB_TIMEOUT_S', '1800', seconds(1, DAY_S), 'seconds one scan may compute'),
  uploadTimeoutMs: setting(
    'ONELABEL_UPLOAD_TIMEOUT_S',
    '300',
    seconds(1, DAY_S),
    'seconds a request may take to arrive',
  ),
  syncWaitMs: setting(
    'ONELABEL_SYNC_WAIT_S',
    '900',
    seconds(1, DAY_S),
    'longest wait for an answer in seconds; after it 202 and the job goes on',
  ),
  maxSyncVoxels: setting(
    'ONELABEL_SYNC_VOXELS',
    `${2 ** 25}`,
    whole(0, 2 ** 33),
    'more voxels in one scan, and who says no wait=N is answered 202 at once; 0: never',
  ),
  keepResultsMs: setting('ONELABEL_KEEP_RESULTS_S', '3600', seconds(1, 30 * DAY_S), 'seconds results are kept'),
  drainMs: setting('ONELABEL_DRAIN_S', '30', seconds(0, 3600), 'seconds a running job may still take after SIGTERM'),
  logLevel: setting(
    'ONELABEL_LOG_LEVEL',
    'info',
    z.enum(['silent', 'error', 'warn', 'info', 'debug'], 'must be silent, error, warn, info or debug'),
    'least important line logged',
  ),
  keysFile: setting('ONELABEL_KEYS_FILE', 'none', optionalFile, 'API keys, one a line, read again when it changes'),
  jwtIssuer: setting('ONELABEL_JWT_ISSUER', 'none', optional('an issuer'), '`iss` of the tokens taken beside keys'),
  jwtAudience: setting('ONELABEL_JWT_AUDIENCE', 'none', optional('an audience'), '`aud` that tokens must have'),
  jwtJwks: setting(
    'ONELABEL_JWT_JWKS',
    'none',
    optional('an https URL or a file').refine((jwks) => !/^http:/i.test(jwks ?? ''), 'must be an https URL or a file'),
    'public keys of the issuer: https URL or file',
  ),
  oidcClientId: setting(
    'ONELABEL_OIDC_CLIENT_ID',
    'none',
    optional('a client id'),
    'as what the issuer knows the page, for people to sign in there; none: with a key alone',
  ),
  oidcClientSecretFile: setting(
    'ONELABEL_OIDC_CLIENT_SECRET_FILE',
    'none',
    optionalFile,
    'secret of that client; none: a public client, by PKCE alone',
  ),
  oidcRedirectUrl: setting(
    'ONELABEL_OIDC_REDIRECT_URL',
    'none',
    optional('an http(s) URL').refine(
      (url) => url === null || /^https?:\/\/\S+\/v1\/session\/oidc\/callback$/.test(url),
      'must be the http(s) URL under which browsers reach …/v1/session/oidc/callback',
    ),
    'where the issuer sends browsers back to, as it is registered there: `https://…/v1/session/oidc/callback`',
  ),
  oidcScope: setting(
    'ONELABEL_OIDC_SCOPE',
    'openid',
    z.string().regex(/^(\S+ )*openid( \S+)*$/, 'must hold openid'),
    'what is asked for at the issuer, with spaces between',
  ),
  sessionMs: setting('ONELABEL_SESSION_S', '28800', seconds(60, 604_800), 'seconds a browser stays signed in'),
  allowAnonymous: setting(
    'ONELABEL_ALLOW_ANONYMOUS',
    '0',
    flag,
    '1: with neither keys nor tokens, start on an address that is not loopback, and on loopback take callers of a proxy',
  ),
  openMetrics: setting('ONELABEL_OPEN_METRICS', '0', flag, '1: /metrics asks for no key'),
  corsOrigins: setting(
    'ONELABEL_CORS_ORIGINS',
    'none',
    origins,
    'origins whose pages may call and read the answers, such as `https://viewer.example.org`, with commas between; `*`: any',
  ),
  tlsCert: setting('ONELABEL_TLS_CERT', 'none', optionalFile, 'certificate chain (PEM); with the key: https'),
  tlsKey: setting('ONELABEL_TLS_KEY', 'none', optionalFile, 'private key of the certificate (PEM)'),
  role: setting(
    'ONELABEL_ROLE',
    'all',
    z.enum(['all', 'api', 'worker'], 'must be all, api or worker'),
    'api: takes jobs and answers; worker: computes them, /livez /readyz /metrics only; all: both',
  ),
  leaseMs: setting(
    'ONELABEL_LEASE_S',
    '15',
    seconds(1, 3600),
    'seconds without a sign of life after which a worker counts as dead and its job is given to another',
  ),
  cache: setting('ONELABEL_CACHE', '1', flag, '0: compute also what the same caller was given before'),
  minFreeBytes: setting(
    'ONELABEL_MIN_FREE_BYTES',
    `${GIB}`,
    whole(0, 2 ** 50),
    'less room on the disk of the data folder, and no upload begins (507)',
  ),
  modelMemoryBytes: setting(
    'ONELABEL_MODEL_MEMORY_BYTES',
    '0',
    whole(0, 1024 * GIB),
    'of all models loaded at a time, as measured; the least used is unloaded; 0: no limit',
  ),
  databaseUrl: setting(
    'ONELABEL_DATABASE_URL',
    'none',
    optional('postgres://…').refine((url) => url === null || /^postgres(ql)?:\/\//.test(url), 'must be postgres://…'),
    'jobs in PostgreSQL, for several machines; none: in SQLite in the data folder',
  ),
  maxEventStreams: setting(
    'ONELABEL_EVENT_STREAMS',
    '256',
    whole(0, 100_000),
    'streams of events open at a time; beyond it: 503',
  ),
  maxOwnerStreams: setting('ONELABEL_EVENT_STREAMS_PER_OWNER', '64', whole(0, 100_000), 'of these, one owner’s'),
  blobs: setting(
    'ONELABEL_BLOBS',
    'none',
    optional('s3://bucket/prefix').refine(
      (place) => place === null || S3_PLACE.test(place),
      'must be none or s3://bucket/prefix',
    ),
    'scans and label maps in S3-compatible storage, with the credentials that the AWS SDK finds (`AWS_ACCESS_KEY_ID` and ' +
      '`AWS_SECRET_ACCESS_KEY`, shared files, roles); none: in the data folder, which several machines may share',
  ),
  webhookUrl: setting(
    'ONELABEL_WEBHOOK_URL',
    'none',
    optional('an http(s) URL').refine((url) => url === null || /^https?:\/\//i.test(url), 'must be an http(s) URL'),
    'a signed POST tells it of the end of each job; http only to private addresses',
  ),
  webhookSecret: setting(
    'ONELABEL_WEBHOOK_SECRET',
    'none',
    optional('whsec_…'),
    'what webhooks and callbacks are signed with: whsec_ and 24 to 64 random bytes in base64',
  ),
  webhookSecretFile: setting(
    'ONELABEL_WEBHOOK_SECRET_FILE',
    'none',
    optionalFile,
    'the same in a file, read at each use; two secrets, one a line, while they are changed',
  ),
  callbackHosts: setting(
    'ONELABEL_CALLBACK_HOSTS',
    'none',
    optional('a list of hosts'),
    'where a `callback` of a request may lead: names, *.names, addresses, networks, with commas between; none: nowhere',
  ),
  pacsConfig: setting(
    'ONELABEL_PACS_CONFIG',
    'none',
    optionalFile,
    'JSON: where DICOM studies come from, where results go, by which rule (docs/pacs.md)',
  ),
  s3Endpoint: setting(
    'AWS_ENDPOINT_URL_S3',
    'none',
    optional('an http(s) URL').refine((url) => url === null || /^https?:\/\//.test(url), 'must be an http(s) URL'),
    'URL of the storage; none: AWS in the region',
  ),
  s3Region: setting('AWS_REGION', 'us-east-1', z.string().min(1, 'must name a region'), 'region of the bucket'),
} as const

export type Config = { readonly [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]['schema']> }

/** Their values are never repeated. */
const SECRET = /(DATABASE_URL|WEBHOOK_URL|WEBHOOK_SECRET)$/

/** Every fault names its variable, what was found and what is allowed. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[] }

/**
 * @param environment usually process.env; only the names of SETTINGS are looked at, and an unknown ONELABEL_* is a fault
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): ConfigResult {
  const known = new Set<string>(Object.values(SETTINGS).map((s) => s.env))
  const faults = Object.keys(environment)
    .filter((name) => name.startsWith('ONELABEL_') && !known.has(name))
    .map((name) => `${name}: no such setting; there are ${[...known].join(', ')}`)
  const values = Object.entries(SETTINGS).map(([key, { env, fallback, schema }]) => {
    const found = environment[env] ?? fallback
    const parsed = schema.safeParse(found)
    const shown = SECRET.test(env) ? 'something else' : `"${found}"`
    if (!parsed.success) faults.push(`${env}: ${parsed.error.issues[0]?.message}, found ${shown}`)
    return [key, parsed.data]
  })
  return faults.length > 0
    ? { ok: false, faults }
    : { ok: true, config: Object.freeze(Object.fromEntries(values)) as Config }
}
