/** A DICOM study before it is sent. The service chooses its series by rules that are written down, and says which it took. */
import { button, make } from '../dom.ts'
import { megabytes, trimmed } from '../scan/facts.ts'
import { proposeChannel } from '../scan/propose.ts'
import { counted } from '../words.ts'
import type { Study } from './choice.ts'

/** @param channels of the model, with their titles */
export function studyCard(
  { files, series }: Study,
  channels: readonly { readonly name: string; readonly title: string }[],
  remove: () => void,
): HTMLElement {
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const names = channels.map(({ name }) => name)
  const mayBe = (description: string) =>
    channels.find(({ name }) => name === proposeChannel(description, names))?.title ?? '–'
  const rows = (series ?? []).map(({ description, modality, images, rows, columns, spacingMm, sliceMm }) => {
    const size = [...spacingMm.map((mm) => trimmed(mm, 2)), sliceMm === null ? '?' : trimmed(sliceMm, 2)].join(' × ')
    return make('tr', {}, [
      make('th', { scope: 'row' }, description || 'no description'),
      make('td', {}, modality),
      make('td', {}, `${images} of ${columns} × ${rows}`),
      make('td', {}, `${size} mm`),
      make('td', {}, mayBe(description)),
    ])
  })
  const head = ['Series', 'Modality', 'Images', 'Voxel size', 'May be'].map((text) =>
    make('th', { scope: 'col' }, text),
  )
  return make('section', { class: 'card' }, [
    make('h2', {}, 'DICOM study'),
    make('p', {}, `${counted(files.length, 'file')}, ${megabytes(bytes)}.`),
    series === null || series.length === 0
      ? make('p', { class: 'doubt' }, 'No DICOM series was recognised here by this page; the service may know more.')
      : make('table', {}, [make('thead', {}, [make('tr', {}, head)]), make('tbody', {}, rows)]),
    make('p', { class: 'note' }, 'The service chooses the series by its rules and says afterwards which it took.'),
    make('p', { class: 'actions' }, [button('Take it out', remove)]),
  ])
}
