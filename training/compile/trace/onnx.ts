/**
 * ONNX's protobuf, as far as a traced graph needs it (onnx.proto3): names, field numbers and types are those of the public
 * schema; protobufjs writes the bytes.
 */
import protobuf from 'protobufjs'
import { AXES_AS_INPUT, irVersionOf, OPSET } from './opset.ts'

const SCHEMA = `
syntax = "proto3";
package onnx;
message AttributeProto {
  string name = 1; float f = 2; int64 i = 3; bytes s = 4; TensorProto t = 5;
  repeated float floats = 7; repeated int64 ints = 8; int32 type = 20;
}
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5; string domain = 7;
}
message StringStringEntryProto { string key = 1; string value = 2; }
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; string producer_version = 3; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14;
}
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message TypeProto { Tensor tensor_type = 1; message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; } }
message TensorShapeProto { repeated Dimension dim = 1; message Dimension { int64 dim_value = 1; string dim_param = 2; } }
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
`

/** TensorProto.DataType of the element types a trace uses. */
export const ELEMENT = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const
export type ElementType = keyof typeof ELEMENT

/** What constants may be stored as besides; nothing is computed in it. */
const FLOAT16 = 10

/** AttributeProto.AttributeType. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const

/** A whole number is an INT; give a FLOAT as {float}. */
export type Attribute = number | string | readonly number[] | { readonly float: number }

export interface OnnxNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
  /** '' is ONNX itself. */
  readonly domain: string
}

export interface OnnxTensor {
  readonly name: string
  readonly type: ElementType | 'float16'
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

export interface OnnxValue {
  readonly name: string
  readonly type: ElementType
  /** The shape at which the graph was traced. */
  readonly shape: readonly number[]
  /** What the file states in its place where sizes are open: a name stands for any size, the same one everywhere. */
  readonly dims?: readonly (number | string)[]
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** The shapes of the values that were tensors of the traced program; those in between have none. Not written to the file. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>
}

const root = protobuf.parse(SCHEMA, { keepCase: true }).root
const modelType = root.lookupType('onnx.ModelProto')

function attributeProto([name, value]: [string, Attribute]): object {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE.int }
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: ATTRIBUTE.string }
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE.float }
  return { name, ints: [...value], type: ATTRIBUTE.ints }
}

function valueProto(value: OnnxValue): object {
  const dims = value.dims ?? value.shape
  const dim = dims.map((size) => (typeof size === 'string' ? { dim_param: size } : { dim_value: size }))
  return { name: value.name, type: { tensor_type: { elem_type: ELEMENT[value.type], shape: { dim } } } }
}

const elementOf = (type: OnnxTensor['type']): number => (type === 'float16' ? FLOAT16 : ELEMENT[type])

/** Reductions that state their axes as an attribute take them as an input. */
function withAxesAsInputs(graph: OnnxGraph): OnnxGraph {
  const axesNames = new Map<string, readonly number[]>()
  const nodes = graph.nodes.map((node): OnnxNode => {
    const { axes, ...attributes } = node.attributes
    if (node.domain !== '' || !node.op.startsWith('Reduce') || axes === undefined) return node
    // No trace and no TensorFlow name holds '#'.
    const name = `axes#${axes}`
    axesNames.set(name, axes as readonly number[])
    return { ...node, attributes, inputs: [...node.inputs, name] }
  })
  const tensors = [...axesNames].map(([name, axes]): OnnxTensor => {
    const bytes = new Uint8Array(BigInt64Array.from(axes, BigInt).buffer)
    return { name, type: 'int64', shape: [axes.length], bytes }
  })
  return { ...graph, nodes, initializers: [...graph.initializers, ...tensors] }
}

/**
 * The bytes of a .onnx file. `metadata` becomes metadata_props.
 * @param opset one of OPSETS; the graph itself is always in the words of opset 17
 * @throws where that opset cannot be written
 */
export function encodeOnnx(
  graph: OnnxGraph,
  metadata: Readonly<Record<string, string>> = {},
  opset: number = OPSET,
): Uint8Array {
  const { nodes, initializers, inputs, outputs } = opset < AXES_AS_INPUT ? graph : withAxesAsInputs(graph)
  const domains = new Set(['', ...nodes.map((node) => node.domain)])
  const message = modelType.create({
    ir_version: irVersionOf(opset),
    producer_name: 'onelabel',
    opset_import: [...domains].map((domain) => ({ domain, version: domain === '' ? opset : 1 })),
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'onelabel',
      node: nodes.map((node) => ({
        input: node.inputs,
        output: node.outputs,
        op_type: node.op,
        domain: node.domain,
        attribute: Object.entries(node.attributes).map(attributeProto),
      })),
      initializer: initializers.map((tensor) => ({
        name: tensor.name,
        dims: [...tensor.shape],
        data_type: elementOf(tensor.type),
        raw_data: tensor.bytes,
      })),
      input: inputs.map(valueProto),
      output: outputs.map(valueProto),
    },
  })
  return modelType.encode(message).finish()
}

/** The constants of a .onnx file. @throws where one has a type that a trace does not use */
export function readInitializers(bytes: Uint8Array): readonly OnnxTensor[] {
  interface Read {
    readonly graph: { readonly initializer: readonly ReadTensor[] }
  }
  interface ReadTensor {
    readonly name: string
    readonly dims: readonly (number | { readonly toNumber: () => number })[]
    readonly data_type: number
    readonly raw_data: Uint8Array
  }
  const { graph } = modelType.decode(bytes) as unknown as Read
  return graph.initializer.map(({ name, dims, data_type, raw_data }) => {
    const type = (Object.keys(ELEMENT) as ElementType[]).find((element) => ELEMENT[element] === data_type)
    if (type === undefined) throw new Error(`the constant '${name}' has the type ${data_type}, which is not read here`)
    return { name, type, shape: dims.map(Number), bytes: raw_data }
  })
}
