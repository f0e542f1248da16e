/** The only importer of OpenTelemetry: spans as traces.ts describes them, sent over OTLP/HTTP as JSON. */
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { STAGES } from '../inference/progress.ts'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'
import type { RunEnd, Tracing } from './traces.ts'

/** A collector that does not answer must not hold up the end of the service. */
const CLOSE_MS = 3_000

/** @param url of the traces endpoint, with its path. Headers come from OTEL_EXPORTER_OTLP_HEADERS, read by the exporter */
export function openOtlp(url: string, serviceName: string, nowMs: () => number): Tracing {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: CLOSE_MS })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('onelabel')

  /** Times as Date: a number from before this process began would be taken for one on performance's clock. */
  function start(name: string, parent: string | null | undefined, startMs: number, kind = SpanKind.INTERNAL): Span {
    const found = parseTraceparent(parent)
    const from = found ? trace.setSpanContext(context.active(), { ...found, isRemote: true }) : context.active()
    return tracer.startSpan(name, { startTime: new Date(startMs), kind, root: found === null }, from)
  }

  function tellStages(traceparent: string, timingsMs: NonNullable<RunEnd['report']>['timingsMs'], endMs: number): void {
    let atMs = endMs - STAGES.reduce((sum, stage) => sum + timingsMs[stage], 0)
    for (const stage of STAGES) {
      const span = start(stage, traceparent, atMs)
      atMs += timingsMs[stage]
      span.end(new Date(atMs))
    }
  }

  return {
    startJob(parent) {
      const span = start('receive', parent, nowMs(), SpanKind.SERVER)
      return {
        traceparent: traceparentOf(span),
        end({ jobId, refused }) {
          if (jobId !== undefined) span.setAttribute('onelabel.job.id', jobId)
          if (refused !== undefined) fail(span, refused)
          span.end(new Date(nowMs()))
        },
      }
    },
    startRun(parent, { jobId, attempt, waitedMs }) {
      const startMs = nowMs()
      const attributes = { 'onelabel.job.id': jobId, 'onelabel.job.attempt': attempt }
      const root = parseTraceparent(parent) === null ? null : parent
      const wait = start('queue wait', root, startMs - waitedMs).setAttributes(attributes)
      wait.end(new Date(startMs))
      const span = start('run', root ?? traceparentOf(wait), startMs, SpanKind.CONSUMER).setAttributes(attributes)
      const traceparent = traceparentOf(span)
      return {
        traceparent,
        end({ outcome, reason, report }) {
          const endMs = nowMs()
          span.setAttribute('onelabel.job.outcome', outcome)
          if (reason !== undefined) fail(span, reason)
          if (report !== undefined) {
            const { device, model, timingsMs } = report
            span.setAttributes({ 'onelabel.device': device, 'onelabel.model': `${model.id}@${model.version}` })
            tellStages(traceparent, timingsMs, endMs)
          }
          span.end(new Date(endMs))
        },
      }
    },
    async close() {
      const timer = Promise.withResolvers<void>()
      const late = setTimeout(timer.resolve, CLOSE_MS)
      await Promise.race([provider.shutdown().catch(() => {}), timer.promise])
      clearTimeout(late)
    },
  }
}

function traceparentOf(span: Span): string {
  return formatTraceparent(span.spanContext())
}

function fail(span: Span, reason: string): void {
  span.setAttribute('onelabel.reason', reason).setStatus({ code: SpanStatusCode.ERROR })
}
