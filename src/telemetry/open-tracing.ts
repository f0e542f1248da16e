/** Tracing as the environment asks for it. What sends it is loaded only then. */
import { NO_TRACING, type Tracing } from './traces.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** @throws Error when an endpoint is set that is no http(s) address */
export async function openTracing(environment: Environment, nowMs: () => number = Date.now): Promise<Tracing> {
  const url = endpointOf(environment)
  if (url === null) return NO_TRACING
  const { openOtlp } = await import('./otlp.ts')
  return openOtlp(url, environment['OTEL_SERVICE_NAME'] || 'onelabel', nowMs)
}

/** As the OTLP exporter specification has it: the address for traces as it is, the one for all signals with a path. */
function endpointOf(environment: Environment): string | null {
  const own = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  const shared = environment['OTEL_EXPORTER_OTLP_ENDPOINT']
  const url = own || (shared && `${shared.replace(/\/$/, '')}/v1/traces`)
  if (!url) return null
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    const name = `OTEL_EXPORTER_OTLP_${own ? 'TRACES_' : ''}ENDPOINT`
    throw new Error(`${name}: must be an http:// or https:// address`)
  }
  return url
}
