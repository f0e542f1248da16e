/** The kernels that are not traced, each with its reason. kernels/table.ts does not compile while one is in neither. */
import type { Refusal } from './kernel.ts'
import type { KernelName } from './kernel-name.ts'
import type { TracedKernelName } from './traced.ts'

const because = (refused: string): Refusal => ({ refused })

const NEVER_CALLED = because('tfjs 4.22 calls no such kernel: it makes the op of others')
const COMPLEX = because('complex numbers have no ONNX type here')
const STRINGS = because('strings have no ONNX type here')
const COUNT_IS_UNKNOWN = because('how many results there are depends on the values, and a traced shape is fixed')
const SPARSE = because('sparse and ragged tensors are not traced: most of their shapes depend on the values')
const BROWSER = because('images of a browser are read and drawn outside the graph: feed the pixels as an input')
const WARP = because('an image warped by a matrix has no ONNX operation')
const DILATION = because('morphological dilation has no ONNX operation')

export const refusedKernels = {
  BitwiseAnd: because('ONNX has it from opset 18 on'),
  BroadcastArgs: because('a shape that the run computes cannot be traced'),
  BroadcastTo: NEVER_CALLED,
  Complex: COMPLEX,
  ComplexAbs: COMPLEX,
  Dilation2D: DILATION,
  Dilation2DBackpropFilter: DILATION,
  Dilation2DBackpropInput: DILATION,
  Draw: BROWSER,
  FFT: COMPLEX,
  FromPixels: BROWSER,
  IFFT: COMPLEX,
  Imag: COMPLEX,
  LogSoftmax: NEVER_CALLED,
  LogicalXor: NEVER_CALLED,
  LowerBound: NEVER_CALLED,
  MatrixBandPart: NEVER_CALLED,
  Multinomial: because('random numbers would be frozen into the graph; feed them as an input'),
  NonMaxSuppressionV3: COUNT_IS_UNKNOWN,
  NonMaxSuppressionV4: COUNT_IS_UNKNOWN,
  NonMaxSuppressionV5: COUNT_IS_UNKNOWN,
  Pool: NEVER_CALLED,
  RaggedGather: SPARSE,
  RaggedRange: SPARSE,
  RaggedTensorToTensor: SPARSE,
  Real: COMPLEX,
  RotateWithOffset: WARP,
  SparseFillEmptyRows: SPARSE,
  SparseReshape: SPARSE,
  SparseSegmentMean: SPARSE,
  SparseSegmentSum: SPARSE,
  SparseToDense: SPARSE,
  StaticRegexReplace: STRINGS,
  StringNGrams: STRINGS,
  StringSplit: STRINGS,
  StringToHashBucketFast: STRINGS,
  Transform: WARP,
  Unique: COUNT_IS_UNKNOWN,
  UpperBound: NEVER_CALLED,
} satisfies Readonly<Record<Exclude<KernelName, TracedKernelName>, Refusal>>
