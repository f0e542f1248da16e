/** A comparison: how far it is, and then both dates beside each other, at the same place. */
import type { ComparisonReport, PlacedChange } from '../../src/inference/comparison-report.ts'
import { announce, button, fill, make } from '../dom.ts'
import { problemCard } from '../problem-card.ts'
import { saveFrom } from '../result/downloads.ts'
import { fileFrom } from '../result/scans-of.ts'
import { warningList } from '../result/warnings.ts'
import {
  type Comparison,
  comparisonPath,
  getComparison,
  removeComparison,
  watchComparison,
} from '../server/comparisons.ts'
import { isEnded } from '../server/jobs.ts'
import { type Card, channelTitle, readCards } from '../server/models.ts'
import { wordsOf } from '../server/request.ts'
import type { View } from '../view.ts'
import type { Mm } from '../viewer/viewer.ts'
import { openPanel, type Panel } from '../viewer/viewer-panel.ts'
import { progressLine, when } from '../words.ts'
import { lesionChanges, volumeChanges } from './change-tables.ts'
import { FATE_LABELS, fateLabel } from './fates.ts'

export async function comparisonView(id: string): Promise<View> {
  const [comparison, cards] = await Promise.all([getComparison(id), readCards()])
  const { report } = comparison
  if (report === undefined) return unfinished(comparison)
  const card = cards.find((one) => one.id === report.model.id)
  if (card === undefined)
    throw new Error(`the model ${report.model.id} does not serve any more, and its labels are not known`)
  return finished(comparison, report, card)
}

export const titleOf = ({ name, created }: Comparison): string => name ?? `Comparison of ${when(created)}`

function unfinished(comparison: Comparison): View {
  const title = titleOf(comparison)
  const line = make('p', { role: 'status' }, progressLine(comparison))
  const stop = isEnded(comparison)
    ? () => {}
    : watchComparison(comparison.id, (event) => {
        if (isEnded(event)) window.dispatchEvent(new HashChangeEvent('hashchange'))
        const { state, stage, done, total, secondsLeft } = event
        line.textContent = progressLine({ ...comparison, state, progress: { stage, done, total }, secondsLeft })
      })
  const cancel = () => void removeComparison(comparison.id).catch(() => {})
  const element = make('section', { class: 'narrow' }, [
    make('h1', {}, title),
    line,
    comparison.problem !== undefined && problemCard(comparison.problem),
    !isEnded(comparison) && button('Cancel', cancel),
    make('p', {}, [make('a', { href: '#/compare' }, 'All comparisons')]),
  ])
  return { title, element, close: stop }
}

function finished(comparison: Comparison, report: ComparisonReport, card: Card): View {
  const title = titleOf(comparison)
  const place = make('div', { class: 'two' }, [make('p', { role: 'status' }, 'Getting the maps and the scans …')])
  const said = make('div')
  const failed = (error: unknown) => fill(said, problemCard(wordsOf(error)))
  let both: Both | null = null
  let isClosed = false
  const lesions = lesionChanges(report, (change, n) => {
    const { fate } = change
    both?.goTo(change)
    announce(`Change ${n}, ${fate}, is in the middle of both crosshairs.`)
  })
  const download = (text: string, path: string, accept: string, name?: string) =>
    button(text, () => void saveFrom(path, accept, name).catch(failed))
  const own = comparisonPath(comparison.id)
  const element = make('section', { class: 'result' }, [
    make('h1', {}, title),
    said,
    place,
    make('div', { class: 'pair' }, [
      make('div', {}, [warningList(report.warnings), volumeChanges(report, card)]),
      make('div', {}, [
        lesions,
        make('section', { class: 'card' }, [
          make('h2', {}, 'Download'),
          make('p', { class: 'actions' }, [
            download('Report (PDF)', own, 'application/pdf', 'onelabel-comparison.pdf'),
            download('Changes (CSV)', own, 'text/csv', 'changes.csv'),
            download('Pictures (PNG)', own, 'image/png', 'comparison.png'),
            download('Report (JSON)', own, 'application/json', 'comparison.json'),
            download('Map of what became of lesions (NIfTI)', `${own}/fates`, '*/*'),
          ]),
        ]),
      ]),
    ]),
  ])
  return {
    title,
    element,
    shown() {
      lookAtBoth(place, { comparison, report, card }).then((opened) => {
        both = opened
        if (isClosed) opened.panel.close()
      }, failed)
    },
    close() {
      isClosed = true
      both?.panel.close()
    },
  }
}

interface Finished {
  readonly comparison: Comparison
  readonly report: ComparisonReport
  readonly card: Card
}

interface Both {
  readonly panel: Panel
  /** Where a change is, in both pictures. */
  goTo(change: PlacedChange): void
}

/** The middle of a change may lie beside it; what is near of the same fate is in this reach. */
const REACH_MM = 15

/** Both dates lie half-way between each other on one grid, so one place in one is the same place in the other. */
async function lookAtBoth(host: HTMLElement, { comparison, report, card }: Finished): Promise<Both> {
  const { usedChannels, lesions } = report
  const file = (rest: string) => fileFrom(comparisonPath(comparison.id, rest), 'map.nii.gz')
  const [labelsBefore, labelsAfter] = await Promise.all([file('/labels-before'), file('/labels-after')])
  const fates = lesions === null ? null : await file('/fates')
  const panel: Panel = await openPanel(host, {
    title: titleOf(comparison),
    labels: card.labels,
    pictures: ['Before', 'After'],
    stepLesion: () => {},
    chooseScan: (name) => void showScans(name),
  })
  const channelOf = new Map(usedChannels.map((channel) => [channelTitle(card, channel), channel]))
  async function showScans(title: string): Promise<void> {
    const query = `?channel=${encodeURIComponent(channelOf.get(title)!)}`
    const [before, after] = await Promise.all([file(`/before${query}`), file(`/after${query}`)])
    await panel.viewers[0]!.show({ scan: before }, labels())
    await panel.viewers[1]!.show({ scan: after }, labels())
    panel.setScans([...channelOf.keys()], title)
  }
  let areFates = fates !== null
  const labels = () => (areFates ? FATE_LABELS : card.labels)
  async function showMaps(): Promise<void> {
    const [before, after] = areFates && fates !== null ? [fates, fates] : [labelsBefore, labelsAfter]
    await panel.viewers[0]!.show({ labels: before }, labels())
    await panel.viewers[1]!.show({ labels: after }, labels())
    panel.setLabels(labels())
  }
  const toggle = make('input', { type: 'checkbox', checked: areFates }, [], {
    change() {
      areFates = toggle.checked
      void showMaps()
    },
  })
  if (fates !== null) {
    panel.element.prepend(
      make('p', { class: 'toolbar' }, [
        make('label', {}, [toggle, 'What became of each lesion, in place of the labels']),
      ]),
    )
  }
  // The scan that shows lesions best is the last channel of the models here: FLAIR.
  await showScans([...channelOf.keys()].at(-1)!)
  await showMaps()
  const largest = lesions?.changes.find(({ fate }) => fate !== 'unchanged') ?? lesions?.changes[0]
  function goTo({ centroidMm: [x, y, z], fate }: PlacedChange): void {
    const [min, max] = [-REACH_MM, REACH_MM].map((mm): Mm => [x + mm, y + mm, z + mm]) as [Mm, Mm]
    if (areFates) panel.viewer.goToLabel([x, y, z], fateLabel(fate).value, { min, max })
    else panel.viewer.goTo([x, y, z])
  }
  if (largest !== undefined) goTo(largest)
  return { panel, goTo }
}
