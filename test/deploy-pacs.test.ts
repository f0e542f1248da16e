/** The door to the DICOM network as deploy/ sets it up: configurations held to the service, and run in a real Orthanc. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { readConfig } from '../src/config.ts'
import { readModels } from '../src/model/registry.ts'
import { modelFaults } from '../src/pacs/computed-with.ts'
import type { PacsConfig } from '../src/pacs/config.ts'
import { parsePacsConfig } from '../src/pacs/read-config.ts'
import { hasScope, type Scope } from '../src/security/identity.ts'
import { parseKeys } from '../src/security/keys.ts'
import { kustomized, noKubectl } from './fixtures/kustomized.ts'
import { makeStudy, sendBySCU } from './fixtures/made-study.ts'
import { noOrthanc, startOrthanc } from './fixtures/orthanc.ts'
import { pydicomMissing } from './fixtures/pydicom.ts'
import { until } from './fixtures/service.ts'
import { startReceiver } from './fixtures/webhook-receiver.ts'

const DEPLOY = resolve(import.meta.dirname, '../deploy')
const text = (path: string) => readFileSync(join(DEPLOY, path), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'onelabel-deploy-pacs-'))
after(() => rmSync(folder, { recursive: true }))
const orthancSettings = JSON.parse(text('orthanc/orthanc.json'))

async function goodConfig(json: string): Promise<PacsConfig> {
  const read = parsePacsConfig(json, '/etc/onelabel')
  assert.ok(read.ok, JSON.stringify(read))
  const defaults = readConfig({})
  assert.ok(defaults.ok)
  assert.deepEqual(modelFaults(read.config, await readModels(defaults.config.modelsDir)), [])
  return read.config
}

test('compose: sources, destinations and rules are ones that the service starts with, and reach the Orthanc beside it', async () => {
  const { sources, destinations, rules } = await goodConfig(text('pacs/pacs.json'))
  const { services } = parse(text('compose.yaml'), { merge: true })
  for (const { url, passwordFile } of [...sources, ...destinations]) {
    assert.ok(services[url.hostname] !== undefined, url.hostname)
    assert.equal(passwordFile, '/run/secrets/orthanc_password')
  }
  assert.equal(services.orthanc.environment.HINT_SOURCE, sources[0]!.name)
  assert.deepEqual(
    rules.flatMap(({ to }) => to),
    destinations.map(({ name }) => name),
  )
  assert.equal(services.onelabel.environment.ONELABEL_PACS_CONFIG, '/etc/onelabel/pacs.json')
  assert.ok(services.onelabel.volumes.includes('./pacs:/etc/onelabel:ro'))
})

test('the keys that make-secrets.sh gives to Orthanc and to the operator may do their part and nothing else', () => {
  const made = join(folder, 'secrets')
  execFileSync(join(DEPLOY, 'make-secrets.sh'), [made])
  const keys = parseKeys(readFileSync(join(made, 'service/keys'), 'utf8'), true)
  assert.ok(keys.ok)
  const scopes = (id: string) => keys.value.get(id)?.flatMap(({ identity }) => identity.scopes)
  assert.deepEqual([scopes('orthanc'), scopes('operator')], [['hint'], ['pacs']])
  const password = readFileSync(join(made, 'service/orthanc_password'), 'utf8')
  const { RegisteredUsers } = JSON.parse(readFileSync(join(made, 'orthanc/users.json'), 'utf8'))
  assert.deepEqual(RegisteredUsers, { onelabel: password })
  const all: readonly Scope[] = ['submit', 'pacs', 'admin']
  assert.ok(!all.some((scope) => hasScope({ scopes: ['hint'] }, scope)))
})

test('Orthanc takes images of the callers that it knows and of no others, and hints with the key of a file', {
  skip: noOrthanc || pydicomMissing,
}, async (t) => {
  const receiver = await startReceiver(t)
  const keyFile = join(folder, 'hint_key')
  writeFileSync(keyFile, 'ol_orthanc_key')
  const env = {
    HINT_TARGET: `${receiver.origin}/v1/pacs/hints`,
    HINT_SOURCE: 'gateway',
    HINT_KEY_FILE: keyFile,
  }
  // But for what is of this machine: ports and folders, no password, and a caller of another name.
  const { LuaScripts, AuthenticationEnabled, RemoteAccessAllowed, StableAge, Name, DicomAet, ...as } = orthancSettings
  assert.deepEqual([LuaScripts, AuthenticationEnabled, DicomAet], [['/etc/orthanc/hint.lua'], true, 'ONELABEL'])
  const DicomModalities = { scanner: { ...as.DicomModalities.scanner, AET: 'STORESCU' } }
  const more = { ...as, DicomModalities, LuaScripts: [join(DEPLOY, 'orthanc/hint.lua')] }
  const orthanc = await startOrthanc(t, { aet: DicomAet, more, env })
  const { series } = makeStudy(folder, { series: [{ instances: 2 }] })
  sendBySCU(orthanc, series[0]!.files)
  await until(() => receiver.received.length > 0)
  assert.equal(receiver.received[0]!.headers.authorization, 'Bearer ol_orthanc_key')
  assert.equal(await orthanc.count(), 2)
  const send = (...as: readonly string[]) =>
    execFileSync('storescu', [...as, '127.0.0.1', String(orthanc.dicomPort), series[0]!.files[0]!], { stdio: 'pipe' })
  assert.throws(() => send('-aet', 'STRANGER', '-aec', 'ONELABEL'))
  assert.throws(() => send('-aet', 'STORESCU', '-aec', 'ANOTHER'))
})

interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: {
        readonly securityContext: { readonly runAsNonRoot: boolean }
        readonly containers: readonly {
          readonly image: string
          readonly env: readonly { readonly name: string; readonly value?: string }[]
          readonly securityContext: { readonly readOnlyRootFilesystem: boolean }
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
        }[]
      }
    }
    readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[]
    readonly type?: string
  }
}

test('Kubernetes: the same settings as in compose, under the names that things have there', {
  skip: noKubectl,
}, async () => {
  const resources = kustomized('kubernetes-with-a-pacs') as readonly Resource[]
  const of = (kind: string, name: string) => resources.find((one) => one.kind === kind && one.metadata.name === name)!
  const settings = of('ConfigMap', 'onelabel-orthanc').data!
  assert.equal(settings['hint.lua'], text('orthanc/hint.lua'))
  assert.deepEqual(JSON.parse(settings['orthanc.json']!), orthancSettings)
  const config = await goodConfig(of('ConfigMap', 'onelabel-pacs').data!['pacs.json']!)
  assert.deepEqual(config.rules, (await goodConfig(text('pacs/pacs.json'))).rules)
  for (const { url } of [...config.sources, ...config.destinations])
    assert.ok(of('Service', url.hostname), url.hostname)

  const { template } = of('StatefulSet', 'onelabel-orthanc').spec
  const [orthanc] = template.spec.containers
  assert.ok(template.spec.securityContext.runAsNonRoot && orthanc!.securityContext.readOnlyRootFilesystem)
  assert.equal(orthanc!.image, parse(text('compose.yaml'), { merge: true }).services.orthanc.image)
  assert.equal(template.metadata.labels['onelabel.example.org/caller'], 'true')
  // Nobody but the API reaches it, and nothing of it is published.
  const { ingress } = of('NetworkPolicy', 'onelabel-orthanc').spec
  assert.deepEqual(
    ingress!.flatMap(({ ports }) => ports.map(({ port }) => port)),
    [8042],
  )
  assert.equal(of('Service', 'onelabel-orthanc').spec.type, undefined)
})

test('Kubernetes: the API is told of the PACS, and workers are not', { skip: noKubectl }, () => {
  const resources = kustomized('kubernetes-with-a-pacs') as readonly Resource[]
  const deployment = (name: string) =>
    resources.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)!.spec.template.spec
  const isTold = (name: string) =>
    deployment(name).containers[0]!.env.some(({ name: variable }) => variable === 'ONELABEL_PACS_CONFIG')
  assert.deepEqual([isTold('onelabel-api'), isTold('onelabel-worker')], [true, false])
  const mounts = deployment('onelabel-api').containers[0]!.volumeMounts.map(({ mountPath }) => mountPath)
  for (const path of ['/etc/onelabel', '/run/secrets/orthanc']) assert.ok(mounts.includes(path), path)
})
