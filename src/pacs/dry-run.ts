/** What would become of a study, as far as its sources tell: nothing of it is fetched, kept, computed or sent. */

import { channelOf } from './channel-of.ts'
import type { PacsConfig, Rule } from './config.ts'
import { type Decision, decide } from './decide.ts'
import { isTaken } from './loop-guard.ts'
import type { SeenSeries, Source } from './source.ts'
import { observe } from './study.ts'

/** @returns lines for whoever asks. @throws PacsError */
export async function dryRun(
  { rules }: Pick<PacsConfig, 'rules'>,
  sources: readonly Source[],
  studyInstanceUid: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const source of sources) {
    const studies = await source.find(studyInstanceUid, signal)
    if (studies.length === 0) lines.push(`${source.name} does not have it`)
    for (const study of studies) {
      const series = (await source.series(study, signal)) ?? []
      lines.push(`${source.name} has it, with ${series.length} series:`, ...series.map(seriesLine))
      lines.push(...rules.map((rule) => ruleLine(rule, series)))
    }
  }
  return lines
}

/** Control characters would be the archive's word to the terminal. */
const plain = (text: string) => text.replaceAll(/\p{C}/gu, ' ').trim()

function seriesLine(series: SeenSeries): string {
  const { number, modality, description, instances, expected } = series
  const of = expected === null ? '' : ` of ${expected}`
  const what = `${number ?? '-'}  ${plain(modality)}  ${instances}${of} images  ${plain(description) || '(no name)'}`
  if (!isTaken(series, new Set())) return `  ${what}: not taken, it is no MR or made by us`
  const role = channelOf(series)
  return `  ${what}: ${role === null ? 'nothing by its name' : `may be ${role.channel} (${role.preference} points)`}`
}

function ruleLine(rule: Rule, series: readonly SeenSeries[]): string {
  const seenAtMs = 0
  const facts = observe(null, series, { nowMs: seenAtMs, channelOf, ownSeries: new Set() })
  const after = (s: number) => decide(facts, rule, { nowMs: s * 1000, openedAtMs: seenAtMs })
  const times = [0, 5, rule.seriesQuietS, rule.studyQuietS, rule.capS].sort((a, b) => a - b)
  const [found] = times.map((s) => ({ s, decision: after(s) })).filter(({ decision }) => decision.do !== 'wait')
  if (found === undefined) return `rule ${rule.name} would wait, without an end`
  return `rule ${rule.name} would ${told(found.decision, rule, series)}, ${found.s} s after the last image`
}

function told(decision: Decision, rule: Rule, series: readonly SeenSeries[]): string {
  if (decision.do === 'wait') return 'wait'
  if (decision.do !== 'run') return `${decision.do} it as ${decision.why}`
  const number = (key: string) => series.find((each) => each.key === key)?.number ?? '-'
  const from = decision.series.map(({ channel, key }) => `${channel} from series ${number(key)}`).join(', ')
  const to = rule.to.length === 0 ? 'and send nothing' : `and send ${rule.send.join(', ')} to ${rule.to.join(', ')}`
  return `compute ${rule.model} with ${from} (${decision.why}) ${to}`
}
