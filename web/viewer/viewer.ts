/** What the page needs of a viewer of volumes. Positions are RAS+ world, mm. */

export type Layout = 'planes' | 'axial' | 'coronal' | 'sagittal' | 'volume'
/** What the left button does when it drags: brightness and contrast, or the crosshair. */
export type LeftDrag = 'window' | 'crosshair'
export type Mm = readonly [number, number, number]

export interface ColouredLabel {
  readonly value: number
  readonly name: string
  /** sRGB, 0 to 255. */
  readonly color: readonly [number, number, number]
}

/** Where the crosshair is, and what is there. */
export interface Place {
  readonly mm: Mm
  /** The value of the scan; null without one. */
  readonly value: number | null
  readonly label: number | null
}

export interface ViewerOptions {
  readonly onMove: (place: Place) => void
  readonly leftDrag: () => LeftDrag
}

export interface Files {
  /** Under everything; null: the map alone. */
  readonly scan?: File | null
  readonly labels?: File
  /** The map of the confidence; it is shown as what is lacking. */
  readonly confidence?: File | null
}

/** Along the axes of the world. */
export interface BoxMm {
  readonly min: Mm
  readonly max: Mm
}

export interface Viewer {
  /** Shows files in the place of those of before; what is not named stays. */
  show(files: Files, labels: readonly ColouredLabel[]): Promise<void>
  setLayout(layout: Layout): void
  /** The patient's right on the left of the screen, or the other way round. */
  setRadiological(isRadiological: boolean): void
  /** The opacity of the labels, 0 to 1. */
  setOpacity(opacity: number): void
  /** Which labels are drawn, by value. */
  setLabelsShown(values: ReadonlySet<number>): void
  setUnsureShown(isShown: boolean): void
  setOutline(isOutline: boolean): void
  setLeftDrag(drag: LeftDrag): void
  goTo(mm: Mm): void
  /** Goes to the voxel of a label in a box that lies nearest to a place. */
  goToLabel(near: Mm, label: number, box: BoxMm): void
  /** By voxels to the right, front and head. */
  step(voxels: Mm): void
  place(): Place
  /** Position, size, brightness as at first. */
  reset(): void
  /** Paints on a copy of the label map. @returns false where scan and map do not lie on one grid */
  startPainting(onChange: () => void): boolean
  setPen(value: number, sizeVoxels: number, isFilled: boolean): void
  /** Paints where the crosshair is. */
  paintHere(): void
  undoPainting(): void
  /** The labels as they are painted now, on the grid of the scan turned to RAS; null before. */
  painted(): Uint8Array | null
  /** A NIfTI of what is painted, not gzipped, voxels in the order of the scan's own file. */
  paintedFile(): Promise<Uint8Array>
  stopPainting(): void
  close(): void
}
