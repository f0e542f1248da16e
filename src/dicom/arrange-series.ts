/**
 * Instances → the series they make up, each either a grid or the reason why it is none. Only headers are looked at, so that a
 * whole study can be judged before a pixel of it is decoded.
 */
import { FaultError } from '../errors.ts'
import type { Image, Instance } from './instance.ts'
import type { Plane, SplitKey } from './plane.ts'
import type { SeriesFacts } from './series-facts.ts'
import { type SeriesGeometry, seriesGeometry } from './series-geometry.ts'
import { type SeriesPart, splitSeries } from './split-series.ts'

/** One acquisition: a whole series, or the part of one that an attribute tells from the rest. */
export interface DicomSeries {
  readonly studyInstanceUid: string
  readonly seriesInstanceUid: string
  /** Undefined where the series states none: it is then in nobody else's. */
  readonly frameOfReferenceUid: string | undefined
  readonly patientHash: string
  readonly facts: SeriesFacts
  /** By what the part was told from others of its series; empty where the series is one acquisition. */
  readonly by: Readonly<Partial<Record<SplitKey, string>>>
  /** Images or frames. */
  readonly planes: number
  /** The instances of the whole series; planes refer to theirs by its index here. */
  readonly instances: readonly Instance[]
  readonly grid: SeriesGeometry | FaultError
}

export function arrangeSeries(instances: readonly Instance[]): readonly DicomSeries[] {
  const groups = Map.groupBy(
    instances,
    ({ studyInstanceUid, seriesInstanceUid }) => `${studyInstanceUid} ${seriesInstanceUid}`,
  )
  return [...groups.values()].flatMap(partsOf)
}

function partsOf(group: readonly Instance[]): readonly DicomSeries[] {
  const first = group[0]!
  const { studyInstanceUid, seriesInstanceUid, frameOfReferenceUid, patientHash, facts } = first
  const common = { studyInstanceUid, seriesInstanceUid, frameOfReferenceUid, patientHash, facts }
  try {
    const instances = withoutCopies(group)
    checkOne(instances)
    const planes = instances.flatMap((instance, at) => planesOf(instance.image, at))
    return splitSeries(planes).map((part) => ({
      ...{ ...common, facts: factsOf(part, instances), by: part.by, planes: part.planes.length, instances },
      grid: attempt(() => {
        checkPurpose(part.planes, instances)
        return seriesGeometry(part.planes)
      }),
    }))
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return [{ ...common, by: {}, planes: group.length, instances: group, grid: error }]
  }
}

function attempt(make: () => SeriesGeometry): SeriesGeometry | FaultError {
  try {
    return make()
  } catch (error) {
    if (error instanceof FaultError) return error
    throw error
  }
}

function planesOf(image: Image | FaultError, instance: number): readonly Plane[] {
  if (image instanceof FaultError) throw image
  return image.planes.map((plane) => ({ ...plane, instance }))
}

/** Those of the part's own first image: echo, inversion and kind of image are what parts differ by. */
function factsOf({ planes }: SeriesPart, instances: readonly Instance[]): SeriesFacts {
  const { instance, keys } = planes[0]!
  const { facts } = instances[instance]!
  return {
    ...facts,
    ...(keys['image type'] !== undefined && { imageType: keys['image type'].split('/') }),
    ...(keys['echo time'] !== undefined && { echoTimeMs: Number(keys['echo time']) }),
    ...(keys['inversion time'] !== undefined && { inversionTimeMs: Number(keys['inversion time']) }),
  }
}

/** The same file twice is one; two images that claim to be the same one are not told apart. */
function withoutCopies(group: readonly Instance[]): readonly Instance[] {
  const byUid = new Map<string, Instance>()
  for (const instance of group) {
    const other = byUid.get(instance.sopInstanceUid)
    if (other === undefined) byUid.set(instance.sopInstanceUid, instance)
    else if (other.sha256 === instance.sha256) other.notes.add('duplicate-file SOPInstanceUID')
    else
      throw new FaultError(
        'dicom-duplicate-instance',
        `of ${group.length} images of the series two have one SOPInstanceUID and different bytes; which one is meant is not guessed`,
      )
  }
  return [...byUid.values()]
}

function checkOne(instances: readonly Instance[]): void {
  const patients = new Set(instances.map(({ patientHash }) => patientHash)).size
  if (patients > 1)
    throw new FaultError('dicom-several-patients', `images of one series name ${patients} patients; one is allowed`)
  const frames = new Set(instances.map(({ frameOfReferenceUid }) => frameOfReferenceUid)).size
  if (frames > 1)
    throw new FaultError(
      'dicom-header',
      `images of one series name ${frames} frames of reference (or none); one is allowed`,
    )
}

const LOCALISER = ['LOCALIZER', 'SCOUT', 'SCANOGRAM', 'SURVEY']
const PROJECTION = ['MIP', 'MAX_IP', 'MIN_IP', 'PROJECTION IMAGE', 'SUBTRACTION', 'SUBTRACT']

function checkPurpose(planes: readonly Plane[], instances: readonly Instance[]): void {
  for (const plane of planes) {
    const values = (plane.keys['image type'] ?? '').split('/')
    if (values.some((value) => LOCALISER.includes(value)))
      throw new FaultError(
        'dicom-localiser',
        'ImageType says that the series is a localiser; send the scan that was planned on it',
      )
    // Programs that compress with loss make an image DERIVED (dcmtk and GDCM do), though it shows what was measured.
    const isCompressed = values[1] === 'PRIMARY' && instances[plane.instance]!.lossy !== undefined
    const isDerived = values[0] === 'DERIVED' && !isCompressed
    if (isDerived || values.some((value) => PROJECTION.includes(value)))
      throw new FaultError(
        'dicom-derived',
        'ImageType says that the images were derived from others (a reformat, a projection, a map); send the series as it was acquired',
      )
  }
}
