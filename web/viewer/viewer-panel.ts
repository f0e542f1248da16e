/**
 * A viewer with all that steers it: planes, side, overlay, scan, mouse and keys. Every control can be reached by the keyboard;
 * keys of one letter work only while the picture has the focus. What the picture shows is also said in text under it.
 */
import { button, fill, freshId, make } from '../dom.ts'
import { checkbox, keyHelp, radios } from './controls.ts'
import { keyAction } from './keys.ts'
import { GROUPS, type Group, groupAfter, type PanelLabel, valuesIn } from './label-groups.ts'
import { openViewer } from './niivue.ts'
import { placeWords } from './place-words.ts'
import { keepSettings, readSettings, type Settings } from './settings.ts'
import type { Layout, Place, Viewer } from './viewer.ts'

export interface Panel {
  readonly element: HTMLElement
  /** The first, or only, picture. */
  readonly viewer: Viewer
  /** One for each name of `pictures`. */
  readonly viewers: readonly Viewer[]
  /** Names of the scans that can be shown, in order, and which is. */
  setScans(names: readonly string[], shown: string | null): void
  /** What can be hidden beside the labels; the control is gone until something can. */
  setUnsureAvailable(isThere: boolean): void
  /** Names and colours of what lies over the scans from now on. */
  setLabels(labels: readonly PanelLabel[]): void
  focus(): void
  close(): void
}

export interface PanelOptions {
  readonly title: string
  readonly labels: readonly PanelLabel[]
  /** Pictures beside each other that show the same place; without names there is one. */
  readonly pictures?: readonly string[]
  readonly chooseScan: (name: string) => void
  readonly stepLesion: (by: 1 | -1) => void
}

const LAYOUTS: readonly { readonly layout: Layout; readonly text: string }[] = [
  { layout: 'planes', text: 'All' },
  { layout: 'axial', text: 'Axial' },
  { layout: 'coronal', text: 'Coronal' },
  { layout: 'sagittal', text: 'Sagittal' },
  { layout: 'volume', text: '3-D' },
]

/** @param host takes the panel in before the viewer opens: NiiVue measures its canvas */
export async function openPanel(host: HTMLElement, options: PanelOptions): Promise<Panel> {
  let settings = readSettings()
  let layout: Layout = 'planes'
  let scanNames: readonly string[] = []
  let scanName: string | null = null
  let shownGroup: Group = 'all'
  let isUnsureShown = false

  const said = make('p', { id: freshId('place'), class: 'place', role: 'status' })
  const help = keyHelp()
  let labels = options.labels
  const names = options.pictures ?? [options.title]
  const canvases = names.map((name) =>
    make('canvas', {
      tabindex: 0,
      role: 'application',
      'aria-label': `${name}: three planes and 3-D`,
      'aria-roledescription': 'brain viewer',
      'aria-describedby': `${said.id} ${help.id}`,
    }),
  )
  const stages = canvases.map((canvas, at) =>
    make('figure', { class: 'picture' }, [
      options.pictures !== undefined && make('figcaption', {}, names[at]!),
      make('div', { class: 'stage' }, [canvas]),
    ]),
  )

  const change = (some: Partial<Settings>): void => {
    settings = { ...settings, ...some }
    keepSettings(settings)
    apply()
  }
  const planes = radios(
    'Planes',
    LAYOUTS.map(({ layout: value, text }) => ({ value, text })),
    (value) => {
      layout = value as Layout
      apply()
    },
  )
  const side = radios(
    'Side',
    [
      { value: 'radiological', text: 'Radiological (R left)' },
      { value: 'neurological', text: 'Neurological (L left)' },
    ],
    (value) => change({ isRadiological: value === 'radiological' }),
  )
  const scans = make('div', { class: 'scans' })
  const opacity = make('input', { type: 'range', min: 0, max: 100, step: 5 }, [], {
    input: () => change({ opacity: Number(opacity.value) / 100 }),
  })
  const shown = radios('Labels', GROUPS, (value) => {
    shownGroup = value as Group
    apply()
  })
  const outline = checkbox('Outline', (isOn) => change({ isOutline: isOn }))
  const unsure = checkbox('Where it was unsure', (isOn) => {
    isUnsureShown = isOn
    apply()
  })
  unsure.element.hidden = true
  const mouse = make(
    'select',
    {},
    [
      make('option', { value: 'window' }, 'brightness and contrast'),
      make('option', { value: 'crosshair' }, 'crosshair'),
    ],
    { change: () => change({ leftDrag: mouse.value as Settings['leftDrag'] }) },
  )

  /** What the viewer was told last: each call of it draws everything again. */
  const told = new Map<string, unknown>()
  function tell<T>(name: string, value: T, set: (value: T) => void): void {
    if (told.get(name) === value) return
    told.set(name, value)
    set(value)
  }
  function apply(): void {
    planes.set(layout)
    side.set(settings.isRadiological ? 'radiological' : 'neurological')
    opacity.value = String(Math.round(settings.opacity * 100))
    shown.set(shownGroup)
    outline.input.checked = settings.isOutline
    unsure.input.checked = isUnsureShown
    mouse.value = settings.leftDrag
    tell('layout', layout, (now) => all((one) => one.setLayout(now)))
    tell('side', settings.isRadiological, (now) => all((one) => one.setRadiological(now)))
    tell('opacity', settings.opacity, (now) => all((one) => one.setOpacity(now)))
    tell('outline', settings.isOutline, (now) => all((one) => one.setOutline(now)))
    tell('labels', shownGroup, (group) => all((one) => one.setLabelsShown(valuesIn(group, labels))))
    tell('unsure', isUnsureShown, (now) => all((one) => one.setUnsureShown(now)))
    tell('drag', settings.leftDrag, (now) => all((one) => one.setLeftDrag(now)))
  }
  const element = make('section', { class: 'viewer', 'aria-label': options.title }, [
    make('div', { class: 'toolbar' }, [planes.element, side.element, scans]),
    make('div', { class: 'pictures' }, stages),
    said,
    make('div', { class: 'toolbar' }, [
      shown.element,
      make('label', {}, ['Opacity ', opacity]),
      outline.element,
      unsure.element,
      make('label', {}, ['Left button: ', mouse]),
      button('Reset view', () => all((one) => one.reset())),
    ]),
    help,
  ])
  fill(host, element)
  let due: ReturnType<typeof setTimeout> | undefined
  let isFollowing = false
  const viewers: Viewer[] = []
  for (const [at, canvas] of canvases.entries()) {
    const viewer = await openViewer(canvas, { leftDrag: () => settings.leftDrag, onMove: (place) => moved(at, place) })
    viewers.push(viewer)
  }
  const viewer = viewers[0]!
  function moved(at: number, place: Place): void {
    // The others go along, and tell that they moved.
    if (isFollowing) return
    isFollowing = true
    viewers.forEach((other, n) => {
      if (n !== at) other.goTo(place.mm)
    })
    isFollowing = false
    // Text that changes with every pixel of a drag would be read out without end.
    clearTimeout(due)
    due = setTimeout(() => {
      said.textContent = placeWords(place, labels, scanName)
    }, 120)
  }
  const all = (set: (viewer: Viewer) => void): void => viewers.forEach(set)
  function pressed(event: KeyboardEvent, at: number): void {
    const action = keyAction(event, layout, settings.isRadiological)
    if (action === null) return
    event.preventDefault()
    event.stopImmediatePropagation()
    switch (action.do) {
      case 'layout':
        layout = action.layout
        break
      case 'step':
        viewers[at]!.step(action.voxels)
        break
      case 'side':
        settings = { ...settings, isRadiological: !settings.isRadiological }
        break
      case 'labels':
        shownGroup = groupAfter(shownGroup)
        break
      case 'outline':
        settings = { ...settings, isOutline: !settings.isOutline }
        break
      case 'unsure':
        isUnsureShown = !isUnsureShown && !unsure.element.hidden
        break
      case 'fade':
        settings = { ...settings, opacity: faded(settings.opacity, action.by) }
        break
      case 'scan':
        nextScan()
        break
      case 'lesion':
        options.stepLesion(action.by)
        break
      case 'reset':
        all((one) => one.reset())
        break
      case 'paint':
        viewers[at]!.paintHere()
        break
    }
    change({})
  }
  function nextScan(): void {
    const next = scanNames[(scanNames.indexOf(scanName ?? '') + 1) % scanNames.length]
    if (next !== undefined && next !== scanName) options.chooseScan(next)
  }
  canvases.forEach((canvas, at) => {
    canvas.addEventListener('keydown', (event) => pressed(event, at), { capture: true })
  })
  apply()
  return {
    element,
    viewer,
    viewers,
    setScans(names, now) {
      scanNames = names
      scanName = now
      const group = radios(
        'Scan',
        names.map((name) => ({ value: name, text: name })),
        options.chooseScan,
      )
      if (now !== null) group.set(now)
      fill(scans, names.length > 1 && group.element)
      moved(0, viewer.place())
    },
    setUnsureAvailable(isThere) {
      unsure.element.hidden = !isThere
    },
    setLabels(now) {
      labels = now
      told.delete('labels')
      apply()
    },
    focus: () => canvases[0]!.focus(),
    close() {
      clearTimeout(due)
      all((one) => one.close())
    },
  }
}

/** A tenth more or less, in twentieths. */
const faded = (opacity: number, by: number): number => Math.min(1, Math.max(0, Math.round(20 * (opacity + by)) / 20))
