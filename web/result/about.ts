/** What made the result, of what, and how long it took. */
import type { Report } from '../../src/inference/report.ts'
import { make } from '../dom.ts'
import { trimmed } from '../scan/facts.ts'
import type { Job } from '../server/jobs.ts'
import { type Card, channelTitle } from '../server/models.ts'
import { duration, when } from '../words.ts'

const DEVICES: Readonly<Record<string, string>> = { cpu: 'CPU', cuda: 'GPU (CUDA)', webgpu: 'GPU (WebGPU)' }

export function aboutResult(job: Job, report: Report, card: Card): HTMLElement {
  const scans = Object.entries(report.input).flatMap(([channel, { shape, spacingMm, orientation }]) => {
    const isUsed = report.usedChannels.includes(channel)
    const size = `${shape.join(' × ')} voxels of ${spacingMm.map((mm) => trimmed(mm, 2)).join(' × ')} mm, ${orientation}`
    return term(channelTitle(card, channel), isUsed ? size : `${size}; left out`)
  })
  return make('section', { class: 'card' }, [
    make('h2', {}, 'How it was made'),
    make('dl', { class: 'facts' }, [
      ...term('Model', `${card.title} (${report.model.id} ${report.model.version})`),
      ...term(
        'Computed on',
        `${DEVICES[report.device] ?? report.device}, in ${duration(report.timingsMs.total / 1000)}`,
      ),
      ...scans,
      ...term('Map lies on', `the grid of the ${channelTitle(card, report.gridChannel)}`),
      ...(job.ended === null ? [] : term('Done', when(job.ended))),
      ...(job.expires === null ? [] : term('Kept until', new Date(job.expires).toLocaleString())),
    ]),
    make('p', { class: 'small' }, [
      make('a', { href: '#/models' }, 'What this model was trained on and where it fails'),
    ]),
  ])
}

const term = (name: string, value: string): HTMLElement[] => [make('dt', {}, name), make('dd', {}, value)]
