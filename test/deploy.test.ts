/** What is in deploy/ is held to the service: names of metrics and settings, and the rules to what they say. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { SETTINGS } from '../src/config.ts'
import { FAULTS } from '../src/errors.ts'
import { parseKeys } from '../src/security/keys.ts'
import { openConnection } from '../src/store/postgres-connection.ts'
import { migrate } from '../src/store/postgres-database.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { dashboardQueries } from './fixtures/dashboard.ts'
import { kustomized, noKubectl } from './fixtures/kustomized.ts'
import { postgresMissing, startPostgres } from './fixtures/postgres.ts'

const DEPLOY = resolve(import.meta.dirname, '../deploy')
const text = (path: string) => readFileSync(join(DEPLOY, path), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-deploy-'))
after(() => rmSync(folder, { recursive: true }))

interface Rules {
  readonly groups: { rules: { record?: string; alert?: string; expr: string }[] }[]
}
const rules = () => (parse(text('prometheus/rules.yml')) as Rules).groups.flatMap((group) => group.rules)
const alerts = () => rules().flatMap(({ alert }) => alert ?? [])

function promtool(...args: string[]) {
  return spawnSync('promtool', args, { encoding: 'utf8' })
}
const noPromtool = promtool('--version').status === 0 ? false : 'promtool (Debian package prometheus) is not installed'

test('every YAML file parses, and every file of Kubernetes says what it is', () => {
  const files = globSync('**/*.{yml,yaml}', { cwd: DEPLOY })
  assert.ok(files.length > 8)
  for (const file of files) {
    const documents = parseAllDocuments(text(file), { merge: true })
    assert.ok(documents.length > 0, file)
    for (const document of documents) {
      assert.deepEqual([...document.errors, ...document.warnings], [], file)
      if (file.startsWith('kubernetes')) assert.match(String(document.get('kind')), /^[A-Z]/, file)
    }
  }
})

test('promtool accepts the rules', { skip: noPromtool }, () => {
  const { status, stdout, stderr } = promtool('check', 'rules', join(DEPLOY, 'prometheus/rules.yml'))
  assert.equal(status, 0, stdout + stderr)
})

for (const name of ['prometheus.yml', 'kubernetes.yml']) {
  test(`promtool accepts ${name} but for the key, which is made where it runs`, { skip: noPromtool }, () => {
    const path = join(folder, name)
    copyFileSync(join(DEPLOY, 'prometheus/rules.yml'), join(folder, 'rules.yml'))
    const config = parse(text(`prometheus/${name}`).replace(/credentials_file: .*/, 'credentials: none'))
    // Debian's build knows no clusters.
    for (const scrape of config.scrape_configs) delete scrape.kubernetes_sd_configs
    writeFileSync(path, stringify(config))
    const { status, stdout, stderr } = promtool('check', 'config', path)
    assert.equal(status, 0, stdout + stderr)
  })
}

test('no rule and no panel asks for the name of a job, which is the scrape configuration’s to choose', () => {
  const asked = [...rules().map(({ expr }) => expr), ...dashboardQueries()]
  assert.deepEqual(
    asked.filter((expr) => /\bjob\s*[=!]/.test(expr)),
    [],
  )
})

/** promtool's verdict on the rules where every alert has this expression instead of its own. */
function testRules(expr?: string): { ok: boolean; said: string } {
  const changed = parse(text('prometheus/rules.yml')) as Rules
  for (const rule of changed.groups.flatMap((group) => group.rules)) {
    if (expr !== undefined && rule.alert !== undefined) rule.expr = expr
  }
  writeFileSync(join(folder, 'rules.yml'), stringify(changed))
  copyFileSync(join(DEPLOY, 'prometheus/rules.test.yml'), join(folder, 'rules.test.yml'))
  const { status, stdout, stderr } = promtool('test', 'rules', join(folder, 'rules.test.yml'))
  return { ok: status === 0, said: stdout + stderr }
}

test('each alert fires when it should and is quiet in a healthy service', { skip: noPromtool }, () => {
  const { ok, said } = testRules()
  assert.ok(ok, said)
})

test('an alert that never fires, or always, would be found: each of them', { skip: noPromtool }, () => {
  assert.ok(alerts().length >= 10)
  for (const expr of ['vector(1) > 2', 'vector(1)']) {
    const { said } = testRules(expr)
    const found = new Set([...said.matchAll(/alertname:\s*(\w+)/g)].map(([, alert]) => alert!))
    assert.deepEqual([...found].sort(), alerts().sort(), `with the expression ${expr}`)
  }
})

/** Names as the service itself tells them, histograms with their three; prom-client's own among them. */
async function exposed(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics({ jobs: () => ({ queued: 0, running: 0 }), models: () => [] })
  const types = [...(await metrics.exposition()).matchAll(/^# TYPE (\S+) (\w+)$/gm)]
  return new Set(
    types.flatMap(([, name, type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name!],
    ),
  )
}

/** Names of metrics in a PromQL expression: those that could be ours, Node's or a recording rule's. */
function namesIn(expr: string): readonly string[] {
  return (
    expr
      .match(/\b(?:[a-z]+:)?(?:onelabel|nodejs|process)[a-z0-9_]*(?::[a-z0-9_:]+)?/g)
      ?.filter((name) => name !== 'onelabel') ?? []
  )
}

test('every metric that rules and dashboard ask for is one of the service’s, or recorded by a rule', async () => {
  const known = new Set([...(await exposed()), ...rules().flatMap(({ record }) => record ?? [])])
  const asked = [...rules().map(({ expr }) => expr), ...dashboardQueries()].flatMap(namesIn)
  assert.ok(new Set(asked).size > 20)
  assert.deepEqual(
    [...new Set(asked)].filter((name) => !known.has(name)),
    [],
  )
})

test('what the service exposes of its own is shown or alerted on', async () => {
  const asked = new Set([...rules().map(({ expr }) => expr), ...dashboardQueries()].flatMap(namesIn))
  const base = (name: string) => name.replace(/_(bucket|sum|count)$/, '')
  const shown = new Set([...asked].map(base))
  const own = [...(await exposed())].filter((name) => name.startsWith('onelabel_')).map(base)
  assert.deepEqual(
    [...new Set(own)].filter((name) => !shown.has(name)),
    [],
  )
})

test('the README says of every alert when it comes', () => {
  const told = [...text('README.md').matchAll(/^\| (Onelabel\w+) \|/gm)].map(([, alert]) => alert)
  assert.deepEqual(told, alerts())
})

test('the failures that are alerted on are all that the table of faults calls the service’s own, and bugs', () => {
  const ratio = rules().find(({ record }) => record === 'onelabel:service_failures:ratio_30m')
  const reasons = /reason=~"([^"]+)"/.exec(ratio?.expr ?? '')?.[1]?.split('|')
  const own = Object.entries(FAULTS).flatMap(([kind, { whose }]) => (whose === 'service' ? [kind] : []))
  assert.ok(own.length > 5)
  assert.deepEqual(reasons?.toSorted(), ['internal', ...own].toSorted())
})

test('every setting in deploy/ is one the service knows: an unknown one would keep it from starting', () => {
  const known = new Set<string>(Object.values(SETTINGS).map(({ env }) => env))
  const files = globSync('{compose.yaml,kubernetes*/*.yaml}', { cwd: DEPLOY })
  const asked = new Set(files.flatMap((file) => text(file).match(/\bONELABEL_[A-Z_]+/g) ?? []))
  assert.ok(asked.size > 5)
  assert.deepEqual(
    [...asked].filter((name) => !known.has(name)),
    [],
  )
})

interface Compose {
  readonly services: Record<
    string,
    { image: string; ports?: string[]; environment?: Record<string, string>; volumes: string[] }
  >
  readonly secrets?: unknown
}

test('in compose every image has its version, every port is loopback’s, and no password stands in it', () => {
  const { services } = parse(text('compose.yaml'), { merge: true }) as Compose
  assert.deepEqual(Object.keys(services).sort(), ['grafana', 'onelabel', 'orthanc', 'postgres', 'prometheus'])
  for (const [name, { image, ports = [], environment = {} }] of Object.entries(services)) {
    assert.match(image, name === 'onelabel' ? /^onelabel:cpu$/ : /:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/, image)
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/)
    for (const [key, value] of Object.entries(environment)) {
      if (/PASSWORD|SECRET|URL/.test(key)) assert.match(`${key}=${value}`, /FILE=\/run\/secrets\//)
    }
  }
})

test('the secrets that compose reads are made by make-secrets.sh, once, and the keys among them are good', () => {
  const made = join(folder, 'secrets')
  execFileSync(join(DEPLOY, 'make-secrets.sh'), [made])
  assert.equal(statSync(made).mode & 0o777, 0o700)
  const asked = [
    ...text('compose.yaml').matchAll(/\/run\/secrets\/(\w+)/g),
    ...text('prometheus/prometheus.yml').matchAll(/\/run\/secrets\/(\w+)/g),
  ]
  assert.ok(asked.length >= 5)
  for (const [, name] of asked) {
    const [path] = globSync(`*/${name}`, { cwd: made })
    assert.ok(path !== undefined && readFileSync(join(made, path), 'utf8').trim().length > 20, name)
  }
  const parsed = parseKeys(readFileSync(join(made, 'service/keys'), 'utf8'), true)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const password = readFileSync(join(made, 'postgres/password'), 'utf8')
  assert.equal(new URL(readFileSync(join(made, 'service/database_url'), 'utf8')).password, password)
  assert.equal(spawnSync(join(DEPLOY, 'make-secrets.sh'), [made]).status, 1)
  assert.equal(readFileSync(join(made, 'postgres/password'), 'utf8'), password)
})

/** Docker binds an inode: what takes the name of a bound file later is never seen in the container. */
test('compose binds folders and no files, secrets among them, and each service reads its own only', () => {
  const { services, secrets } = parse(text('compose.yaml'), { merge: true }) as Compose
  assert.equal(secrets, undefined, 'secrets of compose are bound file by file')
  const made = join(folder, 'bound')
  execFileSync(join(DEPLOY, 'make-secrets.sh'), [made])
  const bound = Object.values(services).flatMap(({ volumes }) => volumes.filter((volume) => volume.startsWith('.')))
  assert.ok(bound.length >= 8)
  for (const volume of bound) {
    const [from = '', , mode] = volume.split(':')
    const path = from.startsWith('./secrets/') ? join(made, from.slice('./secrets/'.length)) : join(DEPLOY, from)
    assert.ok(statSync(path).isDirectory(), volume)
    assert.equal(mode, 'ro', volume)
  }
  const secret = bound.filter((volume) => volume.startsWith('./secrets/'))
  assert.equal(new Set(secret).size, Object.keys(services).length)
})

test('pin-images.sh puts its digest after the tag of each base image, the newest one, and says which has none', () => {
  const [dockerfile, bin] = [join(folder, 'Dockerfile'), join(folder, 'bin')]
  mkdirSync(bin)
  copyFileSync(join(DEPLOY, '../Dockerfile'), dockerfile)
  const images = () =>
    [...readFileSync(dockerfile, 'utf8').matchAll(/^ARG \w+_IMAGE=(.*)$/gm)].map(([, image]) => image!)
  const tags = images().map((image) => image.split('@')[0]!)
  const pin = (...args: string[]) => {
    const env = { PATH: `${bin}:${process.env['PATH']}` }
    return spawnSync(join(DEPLOY, 'pin-images.sh'), [...args, dockerfile], { env }).status
  }
  for (const digest of [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`]) {
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\n[ "$1 $2 $3" = 'buildx imagetools inspect' ] && echo ${digest}\n`, {
      mode: 0o755,
    })
    assert.equal(pin(), 0)
    assert.deepEqual(
      images(),
      tags.map((tag) => `${tag}@${digest}`),
    )
    assert.equal(pin('--check'), 0)
  }
  writeFileSync(dockerfile, `${readFileSync(dockerfile, 'utf8')}ARG OTHER_IMAGE=debian:12\n`)
  assert.equal(pin('--check'), 1)
})

interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly securityContext: { readonly runAsNonRoot: boolean }
        readonly volumes: { readonly name: string; readonly persistentVolumeClaim?: unknown }[]
        readonly containers: {
          readonly env: { readonly name: string; readonly value?: string }[]
          readonly securityContext: { readonly readOnlyRootFilesystem: boolean }
          readonly startupProbe?: object
          readonly readinessProbe?: object
          readonly livenessProbe?: object
        }[]
      }
    }
  }
}

const resourcesOf = (path: string) => kustomized(path) as readonly Resource[]

test('Kubernetes: no root, a root file system that is read-only, probes, and time to end a job', {
  skip: noKubectl,
}, () => {
  const deployments = resourcesOf('kubernetes').filter(({ kind }) => kind === 'Deployment')
  assert.deepEqual(
    deployments.map(({ metadata }) => metadata.name),
    ['onelabel-api', 'onelabel-worker'],
  )
  for (const { spec } of deployments) {
    const { containers, securityContext, terminationGracePeriodSeconds } = spec.template.spec
    const [container] = containers
    assert.ok(container && securityContext.runAsNonRoot && container.securityContext.readOnlyRootFilesystem)
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) assert.ok(container[probe], probe)
    const drainS = Number(container.env.find(({ name }) => name === 'ONELABEL_DRAIN_S')?.value)
    assert.ok(terminationGracePeriodSeconds >= drainS + 30, `${terminationGracePeriodSeconds} s to drain ${drainS}`)
  }
})

test('Kubernetes: on a volume instead of S3 nothing of S3 is left', { skip: noKubectl }, () => {
  const resources = resourcesOf('kubernetes-on-a-volume')
  assert.ok(!JSON.stringify(resources).includes('s3://'))
  const deployments = resources.filter(({ kind }) => kind === 'Deployment')
  assert.equal(deployments.length, 2)
  for (const { spec } of deployments) {
    assert.ok(spec.template.spec.volumes.find(({ name }) => name === 'data')?.persistentVolumeClaim)
  }
})

test('KEDA counts the jobs that wait or run, and no others', { skip: postgresMissing }, async () => {
  const [, scaled] = parseAllDocuments(text('kubernetes/keda.yaml'))
  const query = String(scaled?.getIn(['spec', 'triggers', 0, 'metadata', 'query']))
  const postgres = await startPostgres()
  const connection = openConnection(await postgres.newDatabase())
  try {
    await connection.write(migrate)
    const count = async () => (await connection.read<{ count: number }>(query))[0]?.count
    assert.equal(await count(), 0)
    for (const state of ['queued', 'queued', 'running', 'succeeded', 'failed', 'cancelled']) {
      const insert = `INSERT INTO onelabel.jobs (id, owner, task, input_bytes, state, created_ms, progress)
        VALUES (gen_random_uuid(), '', '{}', 0, $1, 0, '{}')`
      await connection.write((sql) => sql(insert, [state]))
    }
    assert.equal(await count(), 3)
  } finally {
    await connection.close()
    await postgres.close()
  }
})
