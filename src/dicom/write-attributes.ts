/**
 * What our own objects hold, one row an attribute (PS3.6, section 6): keyword → tag and value representation. Data sets are
 * written with keywords, so that a slip of a digit in a tag cannot happen twice.
 */

const ATTRIBUTES = {
  // identity of the object and the study
  ImageType: '00080008 CS',
  InstanceCreationDate: '00080012 DA',
  InstanceCreationTime: '00080013 TM',
  SOPClassUID: '00080016 UI',
  SOPInstanceUID: '00080018 UI',
  StudyDate: '00080020 DA',
  SeriesDate: '00080021 DA',
  ContentDate: '00080023 DA',
  StudyTime: '00080030 TM',
  SeriesTime: '00080031 TM',
  ContentTime: '00080033 TM',
  AccessionNumber: '00080050 SH',
  Modality: '00080060 CS',
  ConversionType: '00080064 CS',
  Manufacturer: '00080070 LO',
  ReferringPhysicianName: '00080090 PN',
  SeriesDescription: '0008103E LO',
  ManufacturerModelName: '00081090 LO',
  PatientName: '00100010 PN',
  PatientID: '00100020 LO',
  PatientBirthDate: '00100030 DA',
  PatientSex: '00100040 CS',
  BodyPartExamined: '00180015 CS',
  DeviceSerialNumber: '00181000 LO',
  SoftwareVersions: '00181020 LO',
  StudyInstanceUID: '0020000D UI',
  SeriesInstanceUID: '0020000E UI',
  StudyID: '00200010 SH',
  SeriesNumber: '00200011 IS',
  InstanceNumber: '00200013 IS',
  PatientOrientation: '00200020 CS',
  FrameOfReferenceUID: '00200052 UI',
  PositionReferenceIndicator: '00201040 LO',
  // codes and references
  CodeValue: '00080100 SH',
  CodingSchemeDesignator: '00080102 SH',
  CodeMeaning: '00080104 LO',
  MappingResource: '00080105 CS',
  LongCodeValue: '00080119 UC',
  ReferencedSeriesSequence: '00081115 SQ',
  ReferencedInstanceSequence: '0008114A SQ',
  ReferencedSOPClassUID: '00081150 UI',
  ReferencedSOPInstanceUID: '00081155 UI',
  ReferencedFrameNumber: '00081160 IS',
  ReferencedSOPSequence: '00081199 SQ',
  SourceImageSequence: '00082112 SQ',
  DerivationImageSequence: '00089124 SQ',
  DerivationCodeSequence: '00089215 SQ',
  PurposeOfReferenceCodeSequence: '0040A170 SQ',
  SpatialLocationsPreserved: '0028135A CS',
  // pixels
  SamplesPerPixel: '00280002 US',
  PhotometricInterpretation: '00280004 CS',
  PlanarConfiguration: '00280006 US',
  NumberOfFrames: '00280008 IS',
  Rows: '00280010 US',
  Columns: '00280011 US',
  PixelSpacing: '00280030 DS',
  BitsAllocated: '00280100 US',
  BitsStored: '00280101 US',
  HighBit: '00280102 US',
  PixelRepresentation: '00280103 US',
  PixelPaddingValue: '00280120 US',
  BurnedInAnnotation: '00280301 CS',
  LossyImageCompression: '00282110 CS',
  LossyImageCompressionRatio: '00282112 DS',
  LossyImageCompressionMethod: '00282114 CS',
  // frames
  SliceThickness: '00180050 DS',
  SpacingBetweenSlices: '00180088 DS',
  FrameContentSequence: '00209111 SQ',
  PlanePositionSequence: '00209113 SQ',
  PlaneOrientationSequence: '00209116 SQ',
  ImagePositionPatient: '00200032 DS',
  ImageOrientationPatient: '00200037 DS',
  DimensionIndexValues: '00209157 UL',
  DimensionOrganizationUID: '00209164 UI',
  DimensionIndexPointer: '00209165 AT',
  FunctionalGroupPointer: '00209167 AT',
  DimensionOrganizationSequence: '00209221 SQ',
  DimensionIndexSequence: '00209222 SQ',
  DimensionDescriptionLabel: '00209421 LO',
  PixelMeasuresSequence: '00289110 SQ',
  SharedFunctionalGroupsSequence: '52009229 SQ',
  PerFrameFunctionalGroupsSequence: '52009230 SQ',
  // segments
  SegmentationType: '00620001 CS',
  SegmentSequence: '00620002 SQ',
  SegmentedPropertyCategoryCodeSequence: '00620003 SQ',
  SegmentNumber: '00620004 US',
  SegmentLabel: '00620005 LO',
  SegmentationAlgorithmIdentificationSequence: '00620007 SQ',
  SegmentAlgorithmType: '00620008 CS',
  SegmentAlgorithmName: '00620009 LO',
  SegmentIdentificationSequence: '0062000A SQ',
  ReferencedSegmentNumber: '0062000B US',
  RecommendedDisplayCIELabValue: '0062000D US',
  SegmentedPropertyTypeCodeSequence: '0062000F SQ',
  SegmentsOverlap: '00620013 CS',
  AnatomicRegionSequence: '00082218 SQ',
  AlgorithmFamilyCodeSequence: '0066002F SQ',
  AlgorithmVersion: '00660031 LO',
  AlgorithmName: '00660036 LO',
  ContentLabel: '00700080 CS',
  ContentDescription: '00700081 LO',
  ContentCreatorName: '00700084 PN',
  // structured reports
  ReferencedPerformedProcedureStepSequence: '00081111 SQ',
  RelationshipType: '0040A010 CS',
  ValueType: '0040A040 CS',
  ConceptNameCodeSequence: '0040A043 SQ',
  ContinuityOfContent: '0040A050 CS',
  UID: '0040A124 UI',
  TextValue: '0040A160 UT',
  ConceptCodeSequence: '0040A168 SQ',
  MeasurementUnitsCodeSequence: '004008EA SQ',
  MeasuredValueSequence: '0040A300 SQ',
  NumericValue: '0040A30A DS',
  PerformedProcedureCodeSequence: '0040A372 SQ',
  CurrentRequestedProcedureEvidenceSequence: '0040A375 SQ',
  CompletionFlag: '0040A491 CS',
  VerificationFlag: '0040A493 CS',
  ContentTemplateSequence: '0040A504 SQ',
  TemplateIdentifier: '0040DB00 CS',
  ContentSequence: '0040A730 SQ',
} as const satisfies Readonly<Record<string, `${string} ${Vr}`>>

export type Vr =
  | 'AT'
  | 'CS'
  | 'DA'
  | 'DS'
  | 'IS'
  | 'LO'
  | 'PN'
  | 'SH'
  | 'SQ'
  | 'ST'
  | 'TM'
  | 'UC'
  | 'UI'
  | 'UL'
  | 'US'
  | 'UT'

export type Keyword = keyof typeof ATTRIBUTES

type VrOf<K extends Keyword> = (typeof ATTRIBUTES)[K] extends `${string} ${infer V}` ? V : never
type OneOrMore<T> = T | readonly T[]
type ValueOf<V> = V extends 'SQ'
  ? readonly DataSet[]
  : V extends 'US' | 'UL'
    ? OneOrMore<number>
    : V extends 'DS' | 'IS'
      ? OneOrMore<number | string>
      : V extends 'AT'
        ? Keyword
        : OneOrMore<string>

/** Values by keyword; '' or [] is an element without a value (type 2), undefined is no element. */
export type DataSet = { readonly [K in Keyword]?: ValueOf<VrOf<K>> | undefined }

/** Eight hexadecimal digits, capitals, and the value representation. */
export function tagAndVr(keyword: Keyword): [tag: string, vr: Vr] {
  return ATTRIBUTES[keyword].split(' ') as [string, Vr]
}
