/** The attributes that we ask for, as DICOM JSON names them. */
export const TAGS = {
  sopClassUid: '00080016',
  sopInstanceUid: '00080018',
  modality: '00080060',
  seriesDescription: '0008103E',
  referencedSopClassUid: '00081150',
  referencedSopInstanceUid: '00081155',
  warningReason: '00081196',
  failureReason: '00081197',
  failedSopSequence: '00081198',
  referencedSopSequence: '00081199',
  manufacturer: '00080070',
  studyInstanceUid: '0020000D',
  seriesInstanceUid: '0020000E',
  seriesNumber: '00200011',
  studyInstances: '00201208',
  seriesInstances: '00201209',
} as const
