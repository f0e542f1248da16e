/**
 * A viewer with all that steers it: planes, side, overlay, scan, mouse and keys. Every control can be reached by the keyboard;
 * keys of one letter work only while the picture has the focus. What the picture shows is also said in text under it.
 */
import { button, fill, freshId, make } from '../dom.ts'
import { KEYS, keyAction } from './keys.ts'
import { openViewer } from './niivue.ts'
import { placeWords } from './place-words.ts'
import { keepSettings, readSettings, type Settings } from './settings.ts'
import type { ColouredLabel, Layout, Place, Viewer } from './viewer.ts'

export interface Panel {
  readonly element: HTMLElement
  readonly viewer: Viewer
  /** Names of the scans that can be shown, in order, and which is. */
  setScans(names: readonly string[], shown: string | null): void
  setUnsureAvailable(isThere: boolean): void
  focus(): void
  close(): void
}

export interface PanelLabel extends ColouredLabel {
  readonly kind: 'background' | 'tissue' | 'lesion'
}

export interface PanelOptions {
  readonly title: string
  readonly labels: readonly PanelLabel[]
  readonly chooseScan: (name: string) => void
  readonly stepLesion: (by: 1 | -1) => void
  readonly onMove?: (place: Place) => void
}

const LAYOUTS: readonly { readonly layout: Layout; readonly text: string }[] = [
  { layout: 'planes', text: 'All' },
  { layout: 'axial', text: 'Axial' },
  { layout: 'coronal', text: 'Coronal' },
  { layout: 'sagittal', text: 'Sagittal' },
  { layout: 'volume', text: '3-D' },
]

type Group = 'all' | 'lesions' | 'none'
const GROUPS: readonly { readonly value: Group; readonly text: string }[] = [
  { value: 'all', text: 'All labels' },
  { value: 'lesions', text: 'Lesions' },
  { value: 'none', text: 'None' },
]

function valuesIn(group: Group, labels: readonly PanelLabel[]): ReadonlySet<number> {
  const isIn = { all: () => true, lesions: ({ kind }: PanelLabel) => kind === 'lesion', none: () => false }[group]
  return new Set(labels.filter(isIn).map(({ value }) => value))
}

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
  const canvas = make('canvas', {
    tabindex: 0,
    role: 'application',
    'aria-label': `${options.title}: three planes and 3-D`,
    'aria-roledescription': 'brain viewer',
    'aria-describedby': `${said.id} ${help.id}`,
  })
  const stage = make('div', { class: 'stage' }, [canvas])
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
      { value: 'radiological', text: 'Radiological (R on the left)' },
      { value: 'neurological', text: 'Neurological (L on the left)' },
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
    tell('layout', layout, viewer.setLayout)
    tell('side', settings.isRadiological, viewer.setRadiological)
    tell('opacity', settings.opacity, viewer.setOpacity)
    tell('outline', settings.isOutline, viewer.setOutline)
    tell('labels', shownGroup, (group) => viewer.setLabelsShown(valuesIn(group, options.labels)))
    tell('unsure', isUnsureShown, viewer.setUnsureShown)
    tell('drag', settings.leftDrag, viewer.setLeftDrag)
  }
  const fade = (by: number) =>
    change({ opacity: Math.min(1, Math.max(0, Math.round(20 * (settings.opacity + by)) / 20)) })
  const element = make('section', { class: 'viewer', 'aria-label': options.title }, [
    make('div', { class: 'toolbar' }, [planes.element, side.element, scans]),
    stage,
    said,
    make('div', { class: 'toolbar' }, [
      shown.element,
      make('label', {}, ['Opacity ', opacity]),
      outline.element,
      unsure.element,
      make('label', {}, ['Left button: ', mouse]),
      button('Reset view', () => viewer.reset()),
    ]),
    help,
  ])
  fill(host, element)
  let due: ReturnType<typeof setTimeout> | undefined
  const viewer = await openViewer(canvas, {
    leftDrag: () => settings.leftDrag,
    onMove(place) {
      options.onMove?.(place)
      // Text that changes with every pixel of a drag would be read out without end.
      clearTimeout(due)
      due = setTimeout(() => {
        said.textContent = placeWords(place, options.labels, scanName)
      }, 120)
    },
  })
  canvas.addEventListener(
    'keydown',
    (event) => {
      const action = keyAction(event, layout, settings.isRadiological)
      if (action === null) return
      event.preventDefault()
      event.stopImmediatePropagation()
      switch (action.do) {
        case 'layout':
          layout = action.layout
          return apply()
        case 'step':
          return viewer.step(action.voxels)
        case 'side':
          return change({ isRadiological: !settings.isRadiological })
        case 'labels':
          shownGroup = GROUPS[(GROUPS.findIndex(({ value }) => value === shownGroup) + 1) % GROUPS.length]!.value
          return apply()
        case 'outline':
          return change({ isOutline: !settings.isOutline })
        case 'unsure':
          isUnsureShown = !isUnsureShown && !unsure.input.disabled
          return apply()
        case 'fade':
          return fade(action.by)
        case 'scan': {
          const next = scanNames[(scanNames.indexOf(scanName ?? '') + 1) % scanNames.length]
          return next === undefined ? undefined : options.chooseScan(next)
        }
        case 'lesion':
          return options.stepLesion(action.by)
        case 'reset':
          return viewer.reset()
      }
    },
    { capture: true },
  )
  apply()
  return {
    element,
    viewer,
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
    },
    setUnsureAvailable(isThere) {
      unsure.input.disabled = !isThere
    },
    focus: () => canvas.focus(),
    close() {
      clearTimeout(due)
      viewer.close()
    },
  }
}

function radios(
  legend: string,
  choices: readonly { readonly value: string; readonly text: string }[],
  choose: (value: string) => void,
) {
  const name = freshId(legend)
  const inputs = choices.map(({ value }) =>
    make('input', { type: 'radio', name, value }, [], { change: () => choose(value) }),
  )
  const element = make('fieldset', { class: 'radios' }, [
    make('legend', { class: 'visually-hidden' }, legend),
    ...choices.map(({ text }, n) => make('label', {}, [inputs[n]!, make('span', {}, text)])),
  ])
  return {
    element,
    set(value: string): void {
      for (const input of inputs) input.checked = input.value === value
    },
  }
}

function checkbox(text: string, choose: (isOn: boolean) => void) {
  const input = make('input', { type: 'checkbox' }, [], { change: () => choose(input.checked) })
  return { element: make('label', {}, [input, text]), input }
}

function keyHelp(): HTMLElement {
  const rows = KEYS.flatMap(({ keys, does }) => [
    make(
      'dt',
      {},
      keys.flatMap((key) => [make('kbd', {}, key), ' ']),
    ),
    make('dd', {}, does),
  ])
  return make('details', { id: freshId('keys'), class: 'keys' }, [
    make('summary', {}, 'Mouse and keys'),
    make(
      'p',
      { class: 'small' },
      'Wheel: through the slices. Click: crosshair. Right button: move. Keys work while the picture has the focus:',
    ),
    make('dl', { class: 'facts' }, rows),
  ])
}
