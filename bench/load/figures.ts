/** What a load run showed, as JSON and as the tables of docs/load.md, and which of the promises it broke. */
import { WAYS } from './client.ts'
import type { LoadResult, Usage } from './run-load.ts'

export interface Quantiles {
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface Figures {
  readonly uploads: number
  readonly atOnce: number
  readonly seconds: number
  readonly jobsPerMinute: number
  /** State in the end → jobs. */
  readonly jobs: Readonly<Record<string, number>>
  /** What was asked and answered → how often. */
  readonly answers: Readonly<Record<string, number>>
  readonly posts: Readonly<Record<string, Quantiles>>
  readonly livez: Quantiles & { readonly failed: number }
  readonly usage: LoadResult['usage']
  readonly exitCode: number | null
}

/** Nearest rank: the smallest value that at least the share of all are not above. [1, 2, 3, 4] → p50 2, p99 4. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

function quantiles(values: readonly number[]): Quantiles {
  const [p50Ms, p95Ms, p99Ms, maxMs] = [0.5, 0.95, 0.99, 1].map((share) => round(quantile(values, share)))
  return { count: values.length, p50Ms: p50Ms!, p95Ms: p95Ms!, p99Ms: p99Ms!, maxMs: maxMs! }
}

const round = (value: number) => Math.round(value * 10) / 10

export function figuresOf({ sent, seconds, answers, livez, usage, exitCode }: LoadResult, atOnce: number): Figures {
  const ways = WAYS.filter((way) => sent.some((one) => one.way === way))
  const states = Map.groupBy(sent, ({ state }) => state)
  return {
    uploads: sent.length,
    atOnce,
    seconds: round(seconds),
    jobsPerMinute: round((60 * sent.length) / seconds),
    jobs: Object.fromEntries([...states].map(([state, { length }]) => [state, length])),
    answers: Object.fromEntries([...answers].sort(([a], [b]) => a.localeCompare(b))),
    posts: Object.fromEntries(
      ways.map((way) => [way, quantiles(sent.filter((one) => one.way === way).map(({ ms }) => ms))]),
    ),
    livez: { ...quantiles(livez.ms), failed: livez.failed },
    usage,
    exitCode,
  }
}

export interface Promises {
  readonly livezP99Ms: number
  /** More at the end than after the warm-up. */
  readonly descriptors: number
  readonly mib: number
}

/** Two of a keep-alive that is not closed yet; what a garbage collection may leave. */
export const PROMISES: Promises = { livezP99Ms: 50, descriptors: 2, mib: 32 }

/** In words; none when all was kept. */
export function brokenPromises(figures: Figures, { livezP99Ms, descriptors, mib }: Promises = PROMISES): string[] {
  const { jobs, uploads, answers, livez, usage, exitCode } = figures
  const more = (key: keyof Usage) => usage.end[key] - usage.afterWarmUp[key]
  return [
    ...(jobs['succeeded'] === uploads ? [] : [`of ${uploads} jobs ${jobs['succeeded'] ?? 0} succeeded`]),
    ...Object.keys(answers)
      .filter((answer) => / 5\d\d/.test(answer) && !answer.endsWith(' 503, Retry-After'))
      .map((answer) => `an answer was ${answer}`),
    ...(livez.failed === 0 ? [] : [`${livez.failed} polls of /livez were not answered`]),
    ...(livez.p99Ms < livezP99Ms ? [] : [`p99 of /livez is ${livez.p99Ms} ms, not below ${livezP99Ms}`]),
    ...(more('descriptors') <= descriptors ? [] : [`${more('descriptors')} more descriptors, at most ${descriptors}`]),
    ...(['apiMib', 'computeMib'] as const)
      .filter((key) => more(key) > mib)
      .map((key) => `${key} grew by ${more(key)}, at most ${mib}`),
    ...(exitCode === 0 ? [] : [`SIGTERM: exit code ${exitCode}`]),
  ]
}

const row = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`

/** @param conditions of the machine: what else ran */
export function tables(figures: Figures, conditions: string): string {
  const { uploads, atOnce, seconds, jobsPerMinute, jobs, answers, posts, livez, usage } = figures
  const times = ({ count, p50Ms, p95Ms, p99Ms, maxMs }: Quantiles) => [count, p50Ms, p95Ms, p99Ms, maxMs]
  const { afterWarmUp, highest, end } = usage
  const used = (what: string, key: keyof Usage) => row(what, ...[afterWarmUp, highest, end].map((one) => one[key]))
  const states = Object.entries(jobs).map(([state, count]) => `${count} ${state}`)
  return [
    `${uploads} uploads, ${atOnce} at once, in ${seconds} s: ${jobsPerMinute} jobs a minute; ${states.join(', ')}. ${conditions}`,
    '',
    row('time, ms', 'count', 'p50', 'p95', 'p99', 'max'),
    row('---', '---:', '---:', '---:', '---:', '---:'),
    ...Object.entries(posts).map(([way, values]) => row(`POST: ${way}`, ...times(values))),
    row('GET /livez', ...times(livez)),
    '',
    row('of the service', 'after warm-up', 'highest under load', 'at the end'),
    row('---', '---:', '---:', '---:'),
    used('descriptors of the API process', 'descriptors'),
    used('resident memory of the API process, MiB', 'apiMib'),
    used('resident memory of the compute process, MiB', 'computeMib'),
    '',
    row('answer', 'count'),
    row('---', '---:'),
    ...Object.entries(answers).map(([answer, count]) => row(answer, count)),
  ].join('\n')
}

const SECTION = /(<!-- load -->\n)[\s\S]*?(\n<!-- \/load -->)/

/** The page with the tables between its markers replaced. @throws Error where it has no markers */
export function withTables(page: string, text: string): string {
  if (!SECTION.test(page)) throw new Error('the page has no <!-- load --> … <!-- /load -->')
  return page.replace(SECTION, (_all, start: string, end: string) => start + text + end)
}
