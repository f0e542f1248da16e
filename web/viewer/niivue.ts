/**
 * The only file that knows NiiVue (0.69). It is loaded when something is to be shown, for it is larger than all of the page.
 * Positions are RAS+ world, mm; nothing here knows the service.
 */
import type { Niivue, NVImage } from '@niivue/niivue'
import type { BoxMm, ColouredLabel, Layout, LeftDrag, Mm, Place, Viewer, ViewerOptions } from './viewer.ts'

/** What NiiVue calls planes; the fifth is 3-D. */
const SLICE: Readonly<Record<Layout, number>> = { axial: 0, coronal: 1, sagittal: 2, planes: 3, volume: 4 }
const MULTIPLANAR_GRID = 2
const ALWAYS_RENDER = 1
/** What a drag does, by NiiVue's numbers (DRAG_MODE). */
const DRAG = { measurement: 2, pan: 3, crosshair: 8, windowing: 9 } as const
/** Pixels that a pointer may move in a click. */
const CLICK_PX = 4

export async function openViewer(canvas: HTMLCanvasElement, options: ViewerOptions): Promise<Viewer> {
  const niivue = await import('../vendor/niivue.js')
  const nv = new niivue.Niivue(settingsOf(options))
  await nv.attachToCanvas(canvas)
  nv.setMultiplanarLayout(MULTIPLANAR_GRID)
  nv.onLocationChange = () => options.onMove(placeOf())
  nv.onIntensityChange = () => {}

  let scan: NVImage | null = null
  let labels: NVImage | null = null
  let unsure: NVImage | null = null
  let opacity = 0.5
  let colours: readonly ColouredLabel[] = []
  let shownValues: ReadonlySet<number> | null = null
  let isUnsureShown = false
  let isPainting = false
  let told = () => {}
  /** What is painted has changed, and with it perhaps what is under the crosshair. */
  function onPainted(): void {
    told()
    options.onMove(placeOf())
  }
  nv.onDrawingChanged = () => {
    if (isPainting) onPainted()
  }

  /** All layers at once: NiiVue uploads every one again with each that is added or faded. */
  function layered(): void {
    const isLabels = labels !== null && shownValues?.size !== 0 && !isPainting
    const volumes = [scan, isLabels ? labels : null, isUnsureShown ? unsure : null].filter((volume) => volume !== null)
    if (labels !== null) labels.opacity = scan === null ? 1 : opacity
    nv.volumes = volumes
    nv.back = volumes[0] ?? null
    nv.overlays = volumes.slice(1)
    if (volumes.length > 0) nv.updateGLVolume()
  }
  function placeOf(): Place {
    const [x, y, z] = nv.frac2mm(nv.scene.crosshairPos)
    const valueIn = (volume: NVImage | null) => {
      if (volume === null) return null
      const [i, j, k] = volume.mm2vox([x!, y!, z!])
      return volume.getValue(i!, j!, k!, 0)
    }
    const mm: Mm = [x!, y!, z!]
    return { mm, value: valueIn(scan), label: isPainting ? paintedAt(mm) : valueIn(labels) }
  }
  function paintedAt(mm: Mm): number | null {
    if (scan === null || nv.drawBitmap === null) return null
    const [i, j, k] = nv.frac2vox(nv.mm2frac([...mm]))
    const [, nx, ny] = scan.dimsRAS!
    return nv.drawBitmap[i! + nx! * (j! + ny! * k!)] ?? null
  }
  function goTo(mm: Mm): void {
    nv.scene.crosshairPos = nv.mm2frac([...mm])
    nv.drawScene()
    nv.createOnLocationChange()
  }
  listenForClicks(canvas, nv, () => !isPainting && options.leftDrag() === 'window')

  return {
    async show(files, named) {
      colours = named
      const read = (file: File, colormap: string) => niivue.NVImage.loadFromFile({ file, name: file.name, colormap })
      const [newScan, newLabels, newUnsure] = await Promise.all([
        files.scan && read(files.scan, 'gray'),
        files.labels && read(files.labels, 'gray'),
        files.confidence && read(files.confidence, 'warm'),
      ])
      if (newScan !== undefined) scan = newScan
      if (newLabels) {
        newLabels.setColormapLabel(tableOf(colours, shownValues))
        labels = newLabels
      }
      if (newUnsure) {
        turnToUnsure(newUnsure)
        newUnsure.opacity = 0.7
        unsure = newUnsure
      }
      layered()
    },
    setLayout(layout) {
      nv.opts.multiplanarShowRender = ALWAYS_RENDER
      nv.setSliceType(SLICE[layout])
    },
    setRadiological: (isRadiological) => nv.setRadiologicalConvention(isRadiological),
    setOpacity(now) {
      opacity = now
      if (isPainting) nv.setDrawOpacity(opacity)
      else layered()
    },
    setLabelsShown(values) {
      shownValues = values
      labels?.setColormapLabel(tableOf(colours, values))
      layered()
    },
    setUnsureShown(isShown) {
      isUnsureShown = isShown
      layered()
    },
    setOutline: (isOutline) => nv.setAtlasOutline(isOutline ? 1 : 0),
    setLeftDrag: (drag) => nv.setMouseEventConfig(mouseOf(drag)),
    goTo,
    goToLabel(near, label, box) {
      goTo(labels === null ? near : (nearestOf(labels, label, near, box) ?? near))
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
    startPainting(onChange) {
      if (labels === null || scan === null || !nv.loadDrawing(labels)) return false
      isPainting = true
      told = onChange
      // The type says a name; NiiVue takes a table as well, as its own documentation shows.
      nv.setDrawColormap(tableOf(colours, null) as unknown as string)
      nv.setDrawOpacity(opacity)
      layered()
      // A stroke fills whole voxels, and they are shown so.
      nv.setInterpolation(true)
      nv.setMouseEventConfig(mouseOf('crosshair'))
      nv.setDrawingEnabled(true)
      return true
    },
    setPen(value, sizeVoxels, isFilled) {
      nv.opts.penSize = sizeVoxels
      nv.setPenValue(value, isFilled)
    },
    paintHere() {
      if (!isPainting) return
      const [i, j, k] = nv.frac2vox(nv.scene.crosshairPos)
      nv.drawPt(i!, j!, k!, nv.opts.penValue)
      nv.drawAddUndoBitmap()
      nv.refreshDrawing(true)
      onPainted()
    },
    undoPainting() {
      nv.drawUndo()
      onPainted()
    },
    painted: () => nv.drawBitmap,
    async paintedFile() {
      const bytes = await nv.saveImage({ filename: '', isSaveDrawing: true, volumeByIndex: 0 })
      if (!(bytes instanceof Uint8Array)) throw new Error('there is nothing painted')
      return bytes
    },
    stopPainting() {
      isPainting = false
      nv.setDrawingEnabled(false)
      nv.closeDrawing()
      nv.setInterpolation(false)
      nv.setMouseEventConfig(mouseOf(options.leftDrag()))
      layered()
    },
    close() {
      // A browser has few WebGL contexts, and frees one that is lost.
      nv.gl.getExtension('WEBGL_lose_context')?.loseContext()
      nv.cleanup()
    },
  }
}

/** Everything that decides on which side the patient lies is said here, and nothing of it is left to a default. */
function settingsOf(options: ViewerOptions) {
  return {
    isRadiologicalConvention: true,
    sagittalNoseLeft: true,
    isOrientationTextVisible: true,
    isCornerOrientationText: false,
    showAllOrientationMarkers: true,
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
    mouseEventConfig: mouseOf(options.leftDrag()),
  }
}

function mouseOf(left: LeftDrag) {
  const primary = left === 'window' ? DRAG.windowing : DRAG.crosshair
  return {
    leftButton: { primary, withShift: DRAG.measurement, withCtrl: DRAG.crosshair },
    rightButton: DRAG.pan,
    centerButton: DRAG.pan,
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
    nv.mouseDown(offsetX, offsetY)
    nv.mouseClick(offsetX, offsetY)
    nv.drawScene()
  })
}

/** Background is clear; every label has the colour of the card. @param shown values of those that are not clear; null: all */
function tableOf(labels: readonly ColouredLabel[], shown: ReadonlySet<number> | null) {
  const colour = (channel: 0 | 1 | 2) => labels.map(({ color }) => color[channel])
  return {
    ...{ R: colour(0), G: colour(1), B: colour(2) },
    A: labels.map(({ value }) => (value === 0 || shown?.has(value) === false ? 0 : 255)),
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

/** The middle of a lesion may lie outside of it, as that of a ring does: the voxel of the label that lies nearest to it. */
function nearestOf(labels: NVImage, label: number, near: Mm, { min, max }: BoxMm): Mm | null {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
    labels.mm2vox([n & 1 ? max[0] : min[0], n & 2 ? max[1] : min[1], n & 4 ? max[2] : min[2]]),
  )
  const [first, last] = [Math.min, Math.max].map((extreme, which) =>
    [0, 1, 2].map((axis) => {
      const edge = which === 0 ? 0 : labels.dimsRAS![axis + 1]! - 1
      const found = extreme(...corners.map((corner) => corner[axis]!))
      return which === 0 ? Math.max(edge, found) : Math.min(edge, found)
    }),
  ) as [number[], number[]]
  let best: Mm | null = null
  let least = Number.POSITIVE_INFINITY
  for (let k = first[2]!; k <= last[2]!; k++) {
    for (let j = first[1]!; j <= last[1]!; j++) {
      for (let i = first[0]!; i <= last[0]!; i++) {
        if (labels.getValue(i, j, k, 0) !== label) continue
        const [x, y, z] = labels.vox2mm([i, j, k], labels.matRAS!) as unknown as Mm
        const distance = Math.hypot(x - near[0], y - near[1], z - near[2])
        if (distance < least) [least, best] = [distance, [x, y, z]]
      }
    }
  }
  return best
}
