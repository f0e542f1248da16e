/**
 * What a person should know about a segmentation that stands all the same. WARNINGS is the one table: a code is stable, for
 * programs (openapi.yaml lists them); what it means and what to do belong to the code, and docs/warnings.md shows them. A
 * warning's own message says what was seen and, like a fault's, holds no file name and no text out of a header. Five lines
 * a code, and nothing else.
 */

export interface WarningRow {
  /** What it means for the label map and its numbers. */
  readonly means: string
  /** What whoever sent the scan can do about it. */
  readonly todo: string
  /** Whether it ends a job that was sent with strict=1: what was found is no brain, or was not looked for in one. */
  readonly strict: boolean
}

export const WARNINGS = {
  // the choice of the file
  'first-of-several': {
    means: 'Several scans would have done, and the map was made from one of them. Another scan may give other volumes.',
    todo: 'Check that it is the scan you meant. If not, take the others out of the folder or name the scans in a list.',
    strict: false,
  },
  // the file
  'no-orientation': {
    means: 'Left and right may be exchanged. Volumes are right if the voxel sizes are.',
    todo: 'Convert the scan again from its DICOM series with a tool that writes a sform or qform.',
    strict: false,
  },
  'no-length-unit': {
    means: 'Sizes were taken as millimetres. If they are not, every volume is wrong.',
    todo: 'Set the unit field of the header (xyzt_units) to millimetres, or convert the scan again.',
    strict: false,
  },
  'spacing-differs': {
    means: 'The header states two voxel sizes. Volumes were calculated with the one that the message names.',
    todo: 'Find out which size is right, and write it into both fields.',
    strict: false,
  },
  'affines-differ': {
    means:
      'The map follows one of two positions that the header states, sform or qform. If it is the wrong one, left and right may be exchanged.',
    todo: 'Find out which form shows the head correctly; affine=qform takes the other.',
    strict: false,
  },
  'unit-converted': {
    means:
      'Sizes were converted to millimetres. Programs that do not read the unit field show the scan at a different size.',
    todo: 'Nothing, if the sizes in the report are right; otherwise correct the unit field of the header.',
    strict: false,
  },
  'scaling-ignored': {
    means: 'Values were read as stored. Labels and volumes do not change with the scale of the values.',
    todo: 'Nothing for this map; write 1 and 0 into the scaling of the header if other programs refuse it.',
    strict: false,
  },
  'no-data': {
    means: 'Voxels without a number were filled. Labels that lie on them are a guess.',
    todo: 'Look at the map where the scan has gaps; export the scan without them if they lie in the brain.',
    strict: false,
  },
  'trailing-bytes': {
    means: 'What followed the scan in its file was ignored. The map does not depend on it.',
    todo: 'Nothing, unless the file was put together by mistake; then export it again.',
    strict: false,
  },
  'dicom-repaired': {
    means: 'Nothing, unless one of the attributes named was meant in another way than it was read.',
    todo: 'Tell whoever runs the scanner or the archive which attributes it writes wrongly.',
    strict: false,
  },
  'dicom-lossy': {
    means: 'The compression may have removed or invented small lesions and thin borders.',
    todo: 'Send the series as the scanner stored it, before it was compressed with loss.',
    strict: false,
  },
  'dicom-inverted': {
    means: 'Nothing, if the header is right. If it is not, dark and bright are exchanged.',
    todo: 'Check in a viewer that white matter is bright if the scan is a T1.',
    strict: false,
  },
  'frames-differ': {
    means:
      'The positions of the two scans cannot be compared. If they lie apart and were not aligned (scans-aligned), labels that need both are wrong.',
    todo: 'Nothing, if both are of one head and one day; lay the map over both scans and check that it fits.',
    strict: false,
  },
  // the scan
  'coarse-voxels': {
    means: 'Cortex, sulci and small lesions are thinner than a voxel, so their volumes are rough.',
    todo: 'Send a scan of the same head with voxels of 1 mm, if there is one.',
    strict: false,
  },
  'extreme-voxels': {
    means: 'The model was not trained on such voxels. Every volume is doubtful.',
    todo: 'Check that the voxel sizes are right; send the scan as it was made, not resampled.',
    strict: false,
  },
  tilted: {
    means:
      'The model was trained on heads that are nearly upright. Labels may be worse, mostly at the base of the brain.',
    todo: 'Look at the map; turn the scan upright (reslice it to the axes of the head) if it is poor.',
    strict: false,
  },
  'thin-slab': {
    means: 'The scan shows a part of the brain at most. Volumes are those of that part.',
    todo: 'Send a scan of the whole head.',
    strict: false,
  },
  'partly-covered': {
    means:
      'Where one of the scans shows nothing, the labels come from the other alone, and only those that it can show.',
    todo: 'Look at the map there; send scans that both show the whole head, or one of them alone.',
    strict: false,
  },
  'unusual-size': {
    means: 'The scan may not show a head at all, or its voxel sizes may be wrong. Then every volume is wrong.',
    todo: 'Check that it is the right scan, and that its voxel sizes are right.',
    strict: false,
  },
  'hounsfield-units': {
    means: 'The models know only magnetic resonance. The map has no meaning.',
    todo: 'Send the T1 or FLAIR.',
    strict: true,
  },
  homogeneous: {
    means: 'There is no contrast between tissues, so the map has no meaning.',
    todo: 'Check that it is the right scan: phantoms and masks look like this.',
    strict: true,
  },
  'brightness-cut': {
    means:
      'What was brighter than the cut looks alike. Bright lesions may be missing from the map or too small, if it reaches into the brain.',
    todo: 'Send the scan as the scanner stored it, not a picture or an export with a window.',
    strict: false,
  },
  'brain-doubtful': {
    means: 'Labels may lie outside of the brain, and volumes may be wrong, above all that of CSF and of lesions.',
    todo: 'Look at the map. If it is poor, send the scan skull-stripped.',
    strict: false,
  },
  'sequence-doubtful': {
    means: 'If the scan is of another sequence than it was sent as, labels and volumes have no meaning.',
    todo: 'Find out which file is which, and send each scan under its own channel.',
    strict: true,
  },
  'scans-aligned': {
    means: 'Labels of both scans were made as if the head had lain still. Any motion that remains blurs small lesions.',
    todo: 'Lay the map over both scans and check that it fits.',
    strict: false,
  },
  'channel-left-out': {
    means: 'The map was made without this scan. What only this scan shows is missing, or poorer than from both.',
    todo: 'Check that both are of one head and one day, and that their headers are right; register them and send both.',
    strict: false,
  },
  'not-assessable': {
    means: 'The map cannot hold these labels. Their volumes and counts are null, which does not mean zero.',
    todo: 'Send the scan that shows them as well, taken on the same day.',
    strict: false,
  },
  'low-reliability': {
    means: 'The labels were measured to be poor from these scans. Their volumes are a rough guide.',
    todo: 'Send the other scan as well, and do not compare these volumes with those from other sets of scans.',
    strict: false,
  },
  // the result
  'no-brain': {
    means: 'The map has no meaning.',
    todo: 'Check that it is the right scan, and that its voxel sizes are right.',
    strict: true,
  },
  implausible: {
    means: 'What was labelled cannot be a brain as a whole. None of its volumes can be used.',
    todo: 'Look at the map; check that the scan is of the sequence that it was sent as, then send it skull-stripped.',
    strict: true,
  },
  'tissue-shares': {
    means: 'No brain has such shares of grey and white matter. No tissue volume can be used.',
    todo: 'Check that the scan is of the sequence that it was sent as.',
    strict: true,
  },
  'contrast-order': {
    means: 'Tissues are not as bright as this sequence makes them. Labels may stand for other tissues than they say.',
    todo: 'Check that the scan is of the sequence that it was sent as, and that two scans were not exchanged.',
    strict: false,
  },
  'field-of-view-cut': {
    means: 'Volumes cover only the part that the scan shows.',
    todo: 'Send a scan of the whole brain, or do not compare volumes of the whole brain.',
    strict: false,
  },
  'lesion-load': {
    means:
      'The model was not trained on so many lesions. What is called lesion may be something else, and its volume is doubtful.',
    todo: 'Look at the lesions in the map.',
    strict: false,
  },
  'scans-misaligned': {
    means: 'The scans do not show the head in the same place. Labels that need both, above all lesions, may be wrong.',
    todo: 'Register one scan to the other and send them again, or send one alone.',
    strict: false,
  },
} satisfies Readonly<Record<string, WarningRow>>

export type WarningCode = keyof typeof WARNINGS

export const WARNING_CODES = Object.keys(WARNINGS) as readonly WarningCode[]

export interface Warning {
  readonly code: WarningCode
  /** What was seen. */
  readonly message: string
}

/** A warning as the report has it. */
export interface ExplainedWarning extends Warning, Pick<WarningRow, 'means' | 'todo'> {}
