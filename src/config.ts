/**
 * The service's settings: environment → frozen Config, every fault at once. Read once, by main.ts; passed down.
 * SETTINGS is the one table of them: the parser, the table in docs/settings.md and its test all come from it.
 * More than 200 lines: one table, one row a setting.
 */
import { resolve } from 'node:path'
import { z } from 'zod'
import { sizeInWords } from './errors.ts'
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

const whole = (min: number, max: number, allowed = `a whole number from ${min} to ${max}`) =>
  z
    .string()
    .regex(/^\d{1,16}$/, `must be ${allowed}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be ${allowed}`)
const bytes = (min: number, max: number) => {
  const [least, most] = [min, max].map((size) => `${size}${size < 1024 ? '' : ` (${sizeInWords(size, 'down')})`}`)
  return whole(min, max, `a whole number of bytes from ${least} to ${most}`)
}
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
  port: setting('ONELABEL_PORT', '8080', whole(0, 65_535), 'TCP port; 0: any free one, which the log names'),
  host: setting('ONELABEL_HOST', '127.0.0.1', z.string().min(1, 'must name an address'), 'address to listen on'),
  basePath: setting(
    'ONELABEL_BASE_PATH',
    '/',
    basePath,
    'what a proxy puts before the service’s paths, such as `/onelabel`; every link in an answer begins with it',
  ),
  dataDir: setting(
    'ONELABEL_DATA_DIR',
    '.onelabel',
    folder,
    'folder for jobs, uploads and results; they survive a restart',
  ),
  modelsDir: setting(
    'ONELABEL_MODELS_DIR',
    resolve(import.meta.dirname, '../models'),
    folder,
    'holds one folder per model: card, weights, golden case (default: `models` of the checkout)',
  ),
  device: setting(
    'ONELABEL_DEVICE',
    'auto',
    z.enum(DEVICE_CHOICES, `must be one of ${DEVICE_CHOICES.join(', ')}`),
    'auto: CUDA, or else the CPU, and the log says why; if a device named here fails, the service is not ready',
  ),
  threads: setting(
    'ONELABEL_THREADS',
    '0',
    whole(0, 1024),
    'threads for one run of the network; 0: as many as there are cores that the service may use',
  ),
  maxUploadBytes: setting(
    'ONELABEL_MAX_UPLOAD_BYTES',
    `${GIB / 4}`,
    bytes(1024, 64 * GIB),
    'largest size of one file as sent, in bytes (256 MiB)',
  ),
  maxInflatedBytes: setting(
    'ONELABEL_MAX_INFLATED_BYTES',
    `${GIB}`,
    bytes(1024, 64 * GIB),
    'largest size of one file once unpacked, in bytes (1 GiB)',
  ),
  maxVoxels: setting('ONELABEL_MAX_VOXELS', `${2 ** 27}`, whole(1, 2 ** 33), 'most voxels in one scan (512³)'),
  queueLength: setting(
    'ONELABEL_QUEUE_LENGTH',
    '16',
    whole(1, 10_000),
    'most jobs that may be uploading or waiting; further ones get 503',
  ),
  jobTimeoutMs: setting(
    'ONELABEL_JOB_TIMEOUT_S',
    '1800',
    seconds(1, DAY_S),
    'seconds that computing one scan may take',
  ),
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
    'longest time in seconds that a request waits for its result; then it gets 202 and the job goes on',
  ),
  maxSyncVoxels: setting(
    'ONELABEL_SYNC_VOXELS',
    `${2 ** 25}`,
    whole(0, 2 ** 33),
    'a scan with more voxels (512 × 256 × 256) is answered 202 at once, unless the request says `wait=N`; 0: no scan is',
  ),
  keepResultsMs: setting(
    'ONELABEL_KEEP_RESULTS_S',
    '3600',
    seconds(1, 30 * DAY_S),
    'seconds for which results are kept',
  ),
  drainMs: setting(
    'ONELABEL_DRAIN_S',
    '30',
    seconds(0, 3600),
    'seconds that a running job may still take after SIGTERM',
  ),
  logLevel: setting(
    'ONELABEL_LOG_LEVEL',
    'info',
    z.enum(['silent', 'error', 'warn', 'info', 'debug'], 'must be silent, error, warn, info or debug'),
    'the least important level that is logged',
  ),
  keysFile: setting(
    'ONELABEL_KEYS_FILE',
    'none',
    optionalFile,
    'file of API keys, one per line; it is read again when it changes',
  ),
  jwtIssuer: setting(
    'ONELABEL_JWT_ISSUER',
    'none',
    optional('an issuer'),
    '`iss` of the tokens that are accepted besides keys',
  ),
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
    'the client id of the page at the issuer, so that people can sign in there; none: they sign in with a key',
  ),
  oidcClientSecretFile: setting(
    'ONELABEL_OIDC_CLIENT_SECRET_FILE',
    'none',
    optionalFile,
    'file with the secret of that client; none: a public client, which uses PKCE alone',
  ),
  oidcRedirectUrl: setting(
    'ONELABEL_OIDC_REDIRECT_URL',
    'none',
    optional('an http(s) URL').refine(
      (url) => url === null || /^https?:\/\/\S+\/v1\/session\/oidc\/callback$/.test(url),
      'must be the http(s) URL under which browsers reach …/v1/session/oidc/callback',
    ),
    'where the issuer sends browsers back to, exactly as registered there: `https://…/v1/session/oidc/callback`',
  ),
  oidcScope: setting(
    'ONELABEL_OIDC_SCOPE',
    'openid',
    z.string().regex(/^(\S+ )*openid( \S+)*$/, 'must hold openid'),
    'scopes to ask the issuer for, separated by spaces',
  ),
  sessionMs: setting(
    'ONELABEL_SESSION_S',
    '28800',
    seconds(60, 604_800),
    'seconds for which a browser stays signed in',
  ),
  allowAnonymous: setting(
    'ONELABEL_ALLOW_ANONYMOUS',
    '0',
    flag,
    '1: allow a service without keys or tokens to listen beyond loopback, and on loopback to answer requests that came through a proxy',
  ),
  openMetrics: setting('ONELABEL_OPEN_METRICS', '0', flag, '1: /metrics needs no key'),
  corsOrigins: setting(
    'ONELABEL_CORS_ORIGINS',
    'none',
    origins,
    'origins whose pages may call the service and read its answers, such as `https://viewer.example.org`, separated by commas; `*`: any',
  ),
  tlsCert: setting(
    'ONELABEL_TLS_CERT',
    'none',
    optionalFile,
    'file with the certificate chain (PEM); together with the key it turns on https',
  ),
  tlsKey: setting('ONELABEL_TLS_KEY', 'none', optionalFile, 'file with the private key of the certificate (PEM)'),
  role: setting(
    'ONELABEL_ROLE',
    'all',
    z.enum(['all', 'api', 'worker'], 'must be all, api or worker'),
    'api: takes jobs and answers requests; worker: computes jobs and serves /livez, /readyz and /metrics alone; all: both',
  ),
  leaseMs: setting(
    'ONELABEL_LEASE_S',
    '15',
    seconds(1, 3600),
    'seconds without a sign of life after which a worker counts as dead and its job is given to another',
  ),
  cache: setting('ONELABEL_CACHE', '1', flag, '0: compute again even what the same caller was given before'),
  minFreeBytes: setting(
    'ONELABEL_MIN_FREE_BYTES',
    `${GIB}`,
    bytes(0, 2 ** 50),
    'bytes that must be free on the disk of the data folder (1 GiB); with fewer, new uploads are refused (507)',
  ),
  modelMemoryBytes: setting(
    'ONELABEL_MODEL_MEMORY_BYTES',
    '0',
    bytes(0, 1024 * GIB),
    'bytes that all loaded models together may take, as measured; beyond it the least used is unloaded; 0: no limit',
  ),
  databaseUrl: setting(
    'ONELABEL_DATABASE_URL',
    'none',
    optional('postgres://…').refine((url) => url === null || /^postgres(ql)?:\/\//.test(url), 'must be postgres://…'),
    'PostgreSQL database for jobs, needed for several machines; none: SQLite in the data folder',
  ),
  maxEventStreams: setting(
    'ONELABEL_EVENT_STREAMS',
    '256',
    whole(0, 100_000),
    'most event streams open at one time; further ones get 503',
  ),
  maxOwnerStreams: setting(
    'ONELABEL_EVENT_STREAMS_PER_OWNER',
    '64',
    whole(0, 100_000),
    'most of these that one owner may have',
  ),
  blobs: setting(
    'ONELABEL_BLOBS',
    'none',
    optional('s3://bucket/prefix').refine(
      (place) => place === null || S3_PLACE.test(place),
      'must be none or s3://bucket/prefix',
    ),
    'S3-compatible storage for scans and label maps, with the credentials that the AWS SDK finds (`AWS_ACCESS_KEY_ID` and ' +
      '`AWS_SECRET_ACCESS_KEY`, shared files, roles); none: the data folder, which several machines may share',
  ),
  webhookUrl: setting(
    'ONELABEL_WEBHOOK_URL',
    'none',
    optional('an http(s) URL').refine((url) => url === null || /^https?:\/\//i.test(url), 'must be an http(s) URL'),
    'gets a signed POST when a job ends; http is allowed for private addresses alone',
  ),
  webhookSecret: setting(
    'ONELABEL_WEBHOOK_SECRET',
    'none',
    optional('whsec_…'),
    'signs webhooks and callbacks: `whsec_` followed by 24 to 64 random bytes in base64',
  ),
  webhookSecretFile: setting(
    'ONELABEL_WEBHOOK_SECRET_FILE',
    'none',
    optionalFile,
    'file with that secret, read at each use; two secrets, one per line, while you replace one by the other',
  ),
  callbackHosts: setting(
    'ONELABEL_CALLBACK_HOSTS',
    'none',
    optional('a list of hosts'),
    'hosts that a request may name in `callback`: names, *.names, addresses or networks, separated by commas; none: no host',
  ),
  pacsConfig: setting(
    'ONELABEL_PACS_CONFIG',
    'none',
    optionalFile,
    'JSON file that says where DICOM studies come from, where results go, and by which rules (docs/pacs.md)',
  ),
  s3Endpoint: setting(
    'AWS_ENDPOINT_URL_S3',
    'none',
    optional('an http(s) URL').refine((url) => url === null || /^https?:\/\//.test(url), 'must be an http(s) URL'),
    'URL of the S3-compatible storage; none: AWS in that region',
  ),
  s3Region: setting('AWS_REGION', 'us-east-1', z.string().min(1, 'must name a region'), 'region of the S3 bucket'),
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
