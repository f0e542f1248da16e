/**
 * The planes of a multi-frame instance, out of its functional groups (PS3.3 C.7.6.16): what the frames share, and what each
 * says of itself. A frame's own group goes before the shared one; frames lie in any order.
 */
import { FaultError } from '../errors.ts'
import type { PixelFormat } from './pixel-format.ts'
import { imageTypeOf, keysOf, orientationOf, type Plane, pixelSpacingOf, positionOf, rescaleOf } from './plane.ts'
import { SEQUENCES } from './tags.ts'
import { type Attributes, items, number, numbers, text, texts } from './values.ts'

type Group = Exclude<keyof typeof SEQUENCES, 'SharedFunctionalGroups' | 'PerFrameFunctionalGroups'>

/** Whether the instance says that its frames are described one by one. */
export function hasFunctionalGroups(attributes: Attributes): boolean {
  return items(attributes, SEQUENCES.PerFrameFunctionalGroups).length > 0
}

/** Faults: dicom-header. */
export function enhancedPlanes(
  attributes: Attributes,
  format: PixelFormat,
  instance: number,
  sopInstanceUid: string,
): readonly Plane[] {
  const [shared] = items(attributes, SEQUENCES.SharedFunctionalGroups)
  const perFrame = items(attributes, SEQUENCES.PerFrameFunctionalGroups)
  if (perFrame.length !== format.frames)
    throw new FaultError(
      'dicom-header',
      `NumberOfFrames is ${format.frames} and ${perFrame.length} frames are described; both must be the same`,
    )
  const sliceThicknessMm = number(attributes, 'SliceThickness')
  return perFrame.map((own, frame) => {
    const group = (name: Group): Attributes =>
      items(own, SEQUENCES[name])[0] ?? (shared && items(shared, SEQUENCES[name])[0]) ?? attributes
    const measures = group('PixelMeasures')
    const thickness = number(measures, 'SliceThickness') ?? sliceThicknessMm
    return {
      ...{ instance, sopInstanceUid, frame, isFrame: true, rows: format.rows, columns: format.columns },
      positionLpsMm: positionOf(group('PlanePosition')),
      orientation: orientationOf(group('PlaneOrientation')),
      pixelSpacingMm: pixelSpacingOf(measures),
      ...(thickness !== undefined && { sliceThicknessMm: thickness }),
      rescale: rescaleOf(group('PixelValueTransformation')),
      keys: frameKeys(attributes, group),
    }
  })
}

function frameKeys(attributes: Attributes, group: (name: Group) => Attributes): Plane['keys'] {
  const content = group('FrameContent')
  const type = group('MRImageFrameType')
  const component = text(type, 'ComplexImageComponent')
  const frameType = texts(type, 'FrameType')
  return keysOf({
    acquisition: number(content, 'FrameAcquisitionNumber') ?? number(attributes, 'AcquisitionNumber'),
    'image type': imageTypeOf([
      ...(frameType.length > 0 ? frameType : texts(attributes, 'ImageType')),
      ...(component ? [component] : []),
    ]),
    'echo time': number(group('MREcho'), 'EffectiveEchoTime'),
    'inversion time': numbers(group('MRModifier'), 'InversionTimes')[0],
    'time point': number(content, 'TemporalPositionIndex'),
    'trigger time': undefined,
    'b-value': number(group('MRDiffusion'), 'DiffusionBValue'),
  })
}
