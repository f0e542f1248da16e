/** Where files are dropped or chosen; both ways do the same. */
import { freshId, make } from '../dom.ts'
import { droppedFiles } from './read-dropped.ts'

/** A button that opens the browser's own dialogue. */
export function fileInput(label: string, take: (files: readonly File[]) => unknown, attributes = {}): HTMLElement {
  const id = freshId('file')
  const input = make('input', { id, type: 'file', class: 'visually-hidden', ...attributes }, [], {
    change: () => {
      void take([...(input.files ?? [])])
      input.value = ''
    },
  })
  return make('span', { class: 'file-input' }, [input, make('label', { for: id, class: 'button' }, label)])
}

export function dropArea(take: (files: readonly File[]) => Promise<void>) {
  const text = make('p', {}, 'Drop scans here: .nii, .nii.gz, .mgz, or a DICOM folder or zip')
  const element = make('div', { class: 'drop' }, [
    text,
    make('p', { class: 'actions' }, [
      fileInput('Choose files', take, { multiple: true }),
      fileInput('Choose a DICOM folder', take, { webkitdirectory: true }),
    ]),
  ])
  const setOver = (isOver: boolean) => element.classList.toggle('over', isOver)
  element.addEventListener('dragover', (event) => {
    event.preventDefault()
    setOver(true)
  })
  element.addEventListener('dragleave', () => setOver(false))
  element.addEventListener('drop', (event) => {
    event.preventDefault()
    setOver(false)
    if (event.dataTransfer !== null) void droppedFiles(event.dataTransfer).then(take)
  })
  return { element, setBusy: (isBusy: boolean) => element.classList.toggle('busy', isBusy) }
}
