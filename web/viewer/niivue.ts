/**
 * The only file that knows NiiVue (0.69). It is loaded when something is to be shown, for it is larger than all of the page.
 * Positions are RAS+ world, mm; nothing here knows the service.
 */
import type { Niivue, NVImage } from '@niivue/niivue'
import type { ColouredLabel, Layout, LeftDrag, Place, Viewer, ViewerOptions } from './viewer.ts'

type Module = typeof import('@niivue/niivue')

/** What NiiVue calls planes; the fifth is 3-D. */
const SLICE: Readonly<Record<Layout, number>> = { axial: 0, coronal: 1, sagittal: 2, planes: 3, volume: 4 }
const MULTIPLANAR_GRID = 2
const ALWAYS_RENDER = 1
/** Pixels that a pointer may move in a click. */
const CLICK_PX = 4

/** What overlays are, from below; the scan is the volume under all of them. */
type Layer = 'labels' | 'unsure'

export async function openViewer(canvas: HTMLCanvasElement, options: ViewerOptions): Promise<Viewer> {
  const niivue = await import('../vendor/niivue.js')
  const nv = new niivue.Niivue(settingsOf(niivue, options))
  await nv.attachToCanvas(canvas)
  nv.setMultiplanarLayout(MULTIPLANAR_GRID)
  nv.onLocationChange = () => options.onMove(placeOf())
  nv.onIntensityChange = () => {}

  let scan: NVImage | null = null
  const layers = new Map<Layer, NVImage>()
  let opacity = 0.5
  let areLabelsShown = true
  let isUnsureShown = false
  let drawn: NVImage | null = null
  const painted = { onChange: () => {} }

  function layered(): void {
    for (const volume of [...nv.volumes]) nv.removeVolume(volume)
    for (const volume of [scan, layers.get('labels'), layers.get('unsure')]) if (volume) nv.addVolume(volume)
    faded()
  }
  const indexOf = (volume: NVImage | undefined) => (volume === undefined ? -1 : nv.volumes.indexOf(volume))
  function faded(): void {
    const labels = indexOf(layers.get('labels'))
    const isUnder = labels === 0
    if (labels >= 0) nv.setOpacity(labels, drawn !== null ? 0 : isUnder ? 1 : areLabelsShown ? opacity : 0)
    const unsure = indexOf(layers.get('unsure'))
    if (unsure >= 0) nv.setOpacity(unsure, isUnsureShown ? 0.7 : 0)
    nv.setDrawOpacity(opacity)
  }
  function placeOf(): Place {
    const [x, y, z] = nv.frac2mm(nv.scene.crosshairPos)
    const valueIn = (volume: NVImage | undefined) => {
      if (volume === undefined || indexOf(volume) < 0) return null
      const [i, j, k] = volume.mm2vox([x!, y!, z!])
      return volume.getValue(i!, j!, k!, 0)
    }
    return { mm: [x!, y!, z!], value: valueIn(scan ?? undefined), label: drawn === null ? valueIn(layers.get('labels')) : paintedAt([x!, y!, z!]) }
  }
  function paintedAt(mm: readonly [number, number, number]): number | null {
    if (scan === null || nv.drawBitmap === null) return null
    const [i, j, k] = nv.frac2vox(nv.mm2frac([...mm]))
    const [, nx, ny] = scan.dimsRAS!
    return nv.drawBitmap[i! + nx! * (j! + ny! * k!)] ?? null
  }
  listenForClicks(canvas, nv, () => drawn === null && options.leftDrag() === 'window')
  canvas.addEventListener('pointerup', () => drawn !== null && painted.onChange())

  return {
    async showScan(file) {
      scan = file === null ? null : await niivue.NVImage.loadFromFile({ file, name: file.name, colormap: 'gray' })
      layered()
    },
    async showLabels(file, labels) {
      if (file === null) layers.delete('labels')
      else {
        const image = await niivue.NVImage.loadFromFile({ file, name: file.name, colormap: 'gray' })
        image.setColormapLabel(tableOf(labels))
        layers.set('labels', image)
      }
      layered()
    },
    async showConfidence(file) {
      const image = await niivue.NVImage.loadFromFile({ file, name: file.name, colormap: 'warm' })
      turnToUnsure(image)
      layers.set('unsure', image)
      layered()
    },
    setLayout(layout) {
      nv.opts.multiplanarShowRender = ALWAYS_RENDER
      nv.setSliceType(SLICE[layout])
    },
    setRadiological: (isRadiological) => nv.setRadiologicalConvention(isRadiological),
    setOpacity(now) {
      opacity = now
      faded()
    },
    setLabelsShown(isShown) {
      areLabelsShown = isShown
      faded()
    },
    setUnsureShown(isShown) {
      isUnsureShown = isShown
      faded()
    },
    setOutline: (isOutline) => nv.setAtlasOutline(isOutline ? 1 : 0),
    setLeftDrag: (drag) => nv.setMouseEventConfig(mouseOf(niivue, drag)),
    goTo(mm) {
      nv.scene.crosshairPos = nv.mm2frac([...mm])
      nv.drawScene()
      nv.createOnLocationChange()
    },
    step([x, y, z]) {
      nv.moveCrosshairInVox(x, y, z)
      nv.drawScene()
    },
    place: placeOf,
    reset() {
      nv.setPan2Dxyzmm([0, 0, 0, 1])
      nv.setScale(1)
      const [back] = nv.volumes
      if (back !== undefined) {
        back.cal_min = back.robust_min!
        back.cal_max = back.robust_max!
        nv.updateGLVolume()
      }
    },
    startPainting(labels, onChange) {
      const map = layers.get('labels')
      if (map === undefined || scan === null || !nv.loadDrawing(map)) return false
      drawn = map
      painted.onChange = onChange
      nv.setDrawColormap(tableOf(labels) as unknown as string)
      faded()
      nv.setDrawingEnabled(true)
      return true
    },
    setPen(value, sizeVoxels, isFilled) {
      nv.opts.penSize = sizeVoxels
      nv.setPenValue(value, isFilled)
    },
    undoPainting() {
      nv.drawUndo()
      painted.onChange()
    },
    painted: () => nv.drawBitmap,
    async paintedFile() {
      const bytes = await nv.saveImage({ filename: '', isSaveDrawing: true, volumeByIndex: 0 })
      if (!(bytes instanceof Uint8Array)) throw new Error('there is nothing painted')
      return bytes
    },
    stopPainting() {
      drawn = null
      nv.setDrawingEnabled(false)
      nv.closeDrawing()
      faded()
    },
    close() {
      // A browser has few WebGL contexts, and frees one that is lost.
      nv.gl.getExtension('WEBGL_lose_context')?.loseContext()
      nv.cleanup()
    },
  }
}

/** Everything that decides on which side the patient lies is said here, and nothing of it is left to a default. */
function settingsOf(niivue: Module, options: ViewerOptions) {
  return {
    isRadiologicalConvention: true,
    sagittalNoseLeft: true,
    isOrientationTextVisible: true,
    isCornerOrientationText: false,
    showLegend: false,
    isColorbar: false,
    dragAndDropEnabled: false,
    isNearestInterpolation: false,
    backColor: [0, 0, 0, 1],
    crosshairColor: [0.35, 0.9, 0.45, 0.9],
    crosshairWidth: 1,
    crosshairWidthUnit: 'voxels' as const,
    show3Dcrosshair: true,
    multiplanarShowRender: ALWAYS_RENDER,
    multiplanarEqualSize: true,
    tileMargin: 4,
    fontMinPx: 15,
    loadingText: '',
    logLevel: 'error' as const,
    // The page has keys of its own, which it says.
    viewModeHotKey: '',
    clipPlaneHotKey: '',
    cycleClipPlaneHotKey: '',
    maxDrawUndoBitmaps: 16,
    mouseEventConfig: mouseOf(niivue, options.leftDrag()),
  }
}

function mouseOf({ DRAG_MODE }: Module, left: LeftDrag) {
  const primary = left === 'window' ? DRAG_MODE.windowing : DRAG_MODE.crosshair
  return {
    leftButton: { primary, withShift: DRAG_MODE.measurement, withCtrl: DRAG_MODE.crosshair },
    rightButton: DRAG_MODE.pan,
    centerButton: DRAG_MODE.pan,
  }
}

/** Where the left button drags window and level, NiiVue moves the crosshair no more; a click without a drag still does. */
function listenForClicks(canvas: HTMLCanvasElement, nv: Niivue, isWanted: () => boolean): void {
  let from: readonly [number, number] | null = null
  canvas.addEventListener('mousedown', ({ button, offsetX, offsetY }) => {
    from = button === 0 ? [offsetX, offsetY] : null
  })
  canvas.addEventListener('mouseup', ({ offsetX, offsetY }) => {
    const moved = from === null ? Number.POSITIVE_INFINITY : Math.hypot(offsetX - from[0], offsetY - from[1])
    from = null
    if (moved > CLICK_PX || !isWanted()) return
    const dpr = nv.uiData.dpr ?? 1
    nv.mouseDown(offsetX * dpr, offsetY * dpr)
    nv.mouseClick(offsetX * dpr, offsetY * dpr)
    nv.drawScene()
  })
}

/** Background is clear; every label has the colour of the card. */
function tableOf(labels: readonly ColouredLabel[]) {
  const colour = (channel: 0 | 1 | 2) => labels.map(({ color }) => color[channel])
  return {
    ...{ R: colour(0), G: colour(1), B: colour(2) },
    A: labels.map(({ value }) => (value === 0 ? 0 : 255)),
    I: labels.map(({ value }) => value),
    labels: labels.map(({ name }) => name),
  }
}

/**
 * The map says how sure the network was, 0 to 1, and 0 where it did not look. Shown is the rest up to 1, so that what is worth a
 * look shines and what was not looked at stays clear; the colours run from 0.2 to 0.6.
 */
function turnToUnsure(image: NVImage): void {
  const { img, hdr } = image
  if (img === null || img === undefined || hdr === null) return
  const slope = hdr.scl_slope || 1
  const whole = 1 / slope
  for (let at = 0; at < img.length; at++) {
    const value = Number(img[at])
    img[at] = value > 0 ? Math.max(0, whole - value) : 0
  }
  image.cal_min = 0.2
  image.cal_max = 0.6
}
