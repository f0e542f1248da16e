/** The manifests of deploy/kubernetes among each other: who reaches whom, what is scraped, and what a pod may lose. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { before, test } from 'node:test'
import { parse } from 'yaml'
import { SETTINGS } from '../src/config.ts'
import { kustomized, kustomizedWithAll, noKubectl } from './fixtures/kustomized.ts'

const PROMETHEUS = resolve(import.meta.dirname, '../deploy/prometheus')

type Labels = Readonly<Record<string, string>>
interface Selector {
  readonly matchLabels?: Labels
}
interface Meta {
  readonly name: string
  readonly annotations?: Labels
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[]
}
interface Deployment {
  readonly kind: 'Deployment'
  readonly metadata: Meta
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations?: Labels }
      readonly spec: {
        readonly containers: readonly [Container]
        readonly volumes: readonly {
          readonly name: string
          readonly emptyDir?: object
          readonly persistentVolumeClaim?: object
        }[]
      }
    }
  }
}
interface Peer {
  readonly namespaceSelector?: Selector
  readonly podSelector?: Selector
}
interface NetworkPolicy {
  readonly kind: 'NetworkPolicy'
  readonly metadata: Meta
  readonly spec: {
    readonly podSelector: Selector
    readonly policyTypes: readonly ('Ingress' | 'Egress')[]
    readonly ingress?: readonly {
      readonly from: readonly Peer[]
      readonly ports: readonly { readonly port: number }[]
    }[]
    readonly egress?: readonly { readonly ports: readonly { readonly port: number }[] }[]
  }
}
interface Ingress {
  readonly kind: 'Ingress'
  readonly metadata: Meta
  readonly spec: {
    readonly tls: readonly { readonly hosts: readonly string[] }[]
    readonly rules: readonly {
      readonly host: string
      readonly http: {
        readonly paths: readonly {
          readonly path: string
          readonly backend: { readonly service: { readonly name: string; readonly port: { readonly name: string } } }
        }[]
      }
    }[]
  }
}
interface PodMonitor {
  readonly kind: 'PodMonitor'
  readonly spec: {
    readonly selector: Selector
    readonly podMetricsEndpoints: readonly {
      readonly port: string
      readonly path: string
      readonly scheme: string
      readonly authorization?: { readonly credentials: { readonly name: string } }
    }[]
  }
}
interface ConfigMap {
  readonly kind: 'ConfigMap'
  readonly data: Labels
}
interface Service {
  readonly kind: 'Service'
  readonly metadata: Meta
  readonly spec: { readonly ports: readonly { readonly name: string }[] }
}
type Resource = Deployment | NetworkPolicy | Ingress | PodMonitor | ConfigMap | Service

let all: readonly Resource[] = []
before(() => {
  if (noKubectl === false) all = kustomizedWithAll() as readonly Resource[]
})

function of<K extends Resource['kind']>(kind: K, resources = all): readonly Extract<Resource, { kind: K }>[] {
  return resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind)
}

const selects = ({ matchLabels = {} }: Selector, labels: Labels) =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value)
const labelsOf = ({ spec }: Deployment) => spec.template.metadata.labels
const policiesOf = (deployment: Deployment) =>
  of('NetworkPolicy').filter(({ spec }) => selects(spec.podSelector, labelsOf(deployment)))

/** The settings of a pod that are no secret, as the service would read them; `(secret)` for those that are. */
function settingsOf(deployment: Deployment, resources = all): Labels {
  const [{ env }] = deployment.spec.template.spec.containers
  const own = env.map(({ name, value }) => [name, value ?? '(secret)'])
  return { ...of('ConfigMap', resources)[0]?.data, ...Object.fromEntries(own) }
}

test('every pod is denied both ways first, and every policy selects a pod', { skip: noKubectl }, () => {
  const deployments = of('Deployment')
  assert.equal(deployments.length, 2)
  for (const deployment of deployments) {
    const denied = policiesOf(deployment).some(
      ({ spec }) => spec.ingress === undefined && spec.egress === undefined && spec.policyTypes.length === 2,
    )
    assert.ok(denied, `${deployment.metadata.name} is open`)
  }
  for (const { metadata, spec } of of('NetworkPolicy')) {
    assert.ok(
      deployments.some((deployment) => selects(spec.podSelector, labelsOf(deployment))),
      metadata.name,
    )
  }
})

test('the API is reached from the ingress and from Prometheus, a worker from Prometheus only', {
  skip: noKubectl,
}, () => {
  const isPrometheus = ({ podSelector }: Peer) => podSelector?.matchLabels?.['app.kubernetes.io/name'] === 'prometheus'
  const isIngress = ({ namespaceSelector }: Peer) =>
    namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] === 'ingress-nginx'
  for (const deployment of of('Deployment')) {
    const rules = policiesOf(deployment).flatMap(({ spec }) => spec.ingress ?? [])
    const peers = rules.flatMap(({ from }) => from)
    assert.ok(peers.some(isPrometheus))
    if (settingsOf(deployment)['ONELABEL_ROLE'] === 'worker') assert.ok(peers.every(isPrometheus))
    else assert.ok(peers.some(isIngress))
    const [{ ports }] = deployment.spec.template.spec.containers
    const allowed = new Set(rules.flatMap((rule) => rule.ports.map(({ port }) => port)))
    assert.deepEqual(allowed, new Set(ports.map(({ containerPort }) => containerPort)))
  }
})

test('outwards go names, PostgreSQL and https, and nothing else', { skip: noKubectl }, () => {
  for (const deployment of of('Deployment')) {
    const rules = policiesOf(deployment).flatMap(({ spec }) => spec.egress ?? [])
    assert.deepEqual(new Set(rules.flatMap(({ ports }) => ports.map(({ port }) => port))), new Set([53, 5432, 443]))
  }
})

/** What a target says of itself must be what the service does: a port that it listens on, /metrics, and whether it asks. */
test('nothing has metrics scraped without a key that they ask for, nor elsewhere than they are', {
  skip: noKubectl,
}, () => {
  const [monitor] = of('PodMonitor')
  for (const deployment of of('Deployment')) {
    const settings = settingsOf(deployment)
    const isOpen = settings['ONELABEL_OPEN_METRICS'] === '1'
    const scheme = settings['ONELABEL_TLS_CERT'] === undefined ? 'http' : 'https'
    const [{ ports }] = deployment.spec.template.spec.containers
    const portOf = (name: string) => ports.find((port) => port.name === name)?.containerPort
    const annotations = deployment.spec.template.metadata.annotations ?? {}
    if (annotations['prometheus.io/scrape'] === 'true') {
      assert.ok(isOpen, `${deployment.metadata.name} is scraped without a key`)
      assert.equal(annotations['prometheus.io/path'], '/metrics')
      assert.equal(annotations['prometheus.io/scheme'] ?? 'http', scheme)
      assert.ok(ports.some(({ containerPort }) => String(containerPort) === annotations['prometheus.io/port']))
    }
    assert.ok(monitor && selects(monitor.spec.selector, labelsOf(deployment)))
    for (const endpoint of monitor.spec.podMetricsEndpoints) {
      assert.deepEqual([endpoint.path, endpoint.scheme], ['/metrics', scheme])
      assert.equal(portOf(endpoint.port), Number(settings['ONELABEL_PORT'] ?? SETTINGS.port.fallback))
      assert.ok(isOpen || endpoint.authorization !== undefined)
    }
  }
})

test('without the operator the same pods and the same port are scraped, with a key', { skip: noKubectl }, () => {
  const { scrape_configs } = parse(readFileSync(resolve(PROMETHEUS, 'kubernetes.yml'), 'utf8'))
  const [{ authorization, kubernetes_sd_configs, relabel_configs }] = scrape_configs
  assert.ok(authorization.credentials_file)
  const [name, value] = kubernetes_sd_configs[0].selectors[0].label.split('=')
  for (const deployment of of('Deployment')) {
    assert.equal(labelsOf(deployment)[name], value)
    const [{ ports }] = deployment.spec.template.spec.containers
    assert.ok(ports.some((port) => port.name === relabel_configs[0].regex))
  }
})

for (const path of ['kubernetes', 'kubernetes-on-a-volume']) {
  test(`${path}: no emptyDir holds what is of record`, { skip: noKubectl }, () => {
    const resources = kustomized(path) as readonly Resource[]
    for (const deployment of of('Deployment', resources)) {
      const settings = settingsOf(deployment, resources)
      const { containers, volumes } = deployment.spec.template.spec
      const mounted = containers[0].volumeMounts.filter(({ name }) => volumes.find((v) => v.name === name)?.emptyDir)
      const holds = (folder: string) =>
        mounted.some(({ mountPath }) => folder === mountPath || folder.startsWith(`${mountPath}/`))
      // As the Dockerfile has it. Jobs and audit lie there without a database, scans and label maps without S3.
      const dataDir = settings['ONELABEL_DATA_DIR'] ?? '/data'
      assert.ok(mounted.length > 0)
      assert.equal(settings['ONELABEL_DATABASE_URL'], '(secret)')
      if (holds(dataDir)) assert.match(settings['ONELABEL_BLOBS'] ?? 'none', /^s3:\/\//)
      assert.ok(!holds(settings['ONELABEL_KEYS_FILE']!))
    }
  })
}

test('keys are mounted as folders: a file by its subPath would stay what it was', { skip: noKubectl }, () => {
  for (const { spec } of of('Deployment')) {
    for (const { subPath } of spec.template.spec.containers[0].volumeMounts) assert.equal(subPath, undefined)
  }
})

test('the ingress leads to the service over TLS, allows what it allows, and shows no metrics', {
  skip: noKubectl,
}, () => {
  const [ingress] = of('Ingress')
  const [service] = of('Service')
  assert.ok(ingress && service)
  const { tls, rules } = ingress.spec
  assert.deepEqual(
    tls.flatMap(({ hosts }) => hosts),
    rules.map(({ host }) => host),
  )
  const paths = rules.flatMap(({ http }) => http.paths)
  assert.deepEqual(new Set(paths.map(({ path }) => path)), new Set(['/v1', '/openapi.yaml', '/']))
  for (const { backend } of paths) {
    assert.equal(backend.service.name, service.metadata.name)
    assert.ok(service.spec.ports.some(({ name }) => name === backend.service.port.name))
  }
  const set = (name: string) => ingress.metadata.annotations?.[`nginx.ingress.kubernetes.io/${name}`]
  const { maxUploadBytes, syncWaitMs } = SETTINGS
  assert.ok(Number.parseInt(set('proxy-body-size')!, 10) * 2 ** 20 > 4 * Number(maxUploadBytes.fallback))
  assert.ok(Number(set('proxy-read-timeout')) > Number(syncWaitMs.fallback))
  assert.deepEqual([set('proxy-buffering'), set('proxy-request-buffering')], ['off', 'off'])
})
