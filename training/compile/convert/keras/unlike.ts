/** Where tfjs computes something else than Keras under the same name: it ignores what it does not know. */
import { type Described, isObject, type JsonObject, layerText } from './json.ts'

interface Ignored {
  readonly classes: RegExp
  readonly key: string
  /** What tfjs does whatever the key says. */
  readonly only: string
  readonly isThat: (value: unknown) => boolean
}

const isOnes = (value: unknown) => [value].flat().every((one) => one === 1)
const isZero = (value: unknown) => value === 0
const isFalse = (value: unknown) => value === false

const IGNORED: readonly Ignored[] = [
  { classes: /Conv\dD/, key: 'groups', only: 'one group', isThat: isOnes },
  { classes: /^ReLU$/, key: 'negative_slope', only: 'a slope of 0 below 0', isThat: isZero },
  { classes: /^ReLU$/, key: 'threshold', only: 'a threshold of 0', isThat: isZero },
  { classes: /Conv\dDTranspose$/, key: 'output_padding', only: 'none', isThat: () => false },
  { classes: /^(Conv\dDTranspose|DepthwiseConv\dD)$/, key: 'dilation_rate', only: 'a rate of 1', isThat: isOnes },
  { classes: /^Global.*Pooling/, key: 'keepdims', only: 'the shape without the axes', isThat: isFalse },
  { classes: /^GRU/, key: 'reset_after', only: 'the reset before the product', isThat: isFalse },
  {
    classes: /^UpSampling2D$/,
    key: 'interpolation',
    only: 'nearest and bilinear',
    isThat: (value) => value === 'nearest' || value === 'bilinear',
  },
  { classes: /^LayerNormalization$/, key: 'rms_scaling', only: 'the mean taken away', isThat: isFalse },
]

const ACTIVATIONS = ['activation', 'recurrent_activation']

/** @throws where the layer asks for what tfjs leaves out without a word, naming the layer, the key and its value */
export function refuseUnlike(layer: Described, isKeras3: boolean): void {
  const { class_name, config } = layer
  for (const { classes, key, only, isThat } of IGNORED) {
    const value = plain(config[key])
    if (value === undefined || value === null || !classes.test(class_name) || isThat(value)) continue
    throw new Error(`${layerText(layer)} has '${key}': ${JSON.stringify(value)}, which tfjs cannot run: it has ${only}`)
  }
  for (const key of ACTIVATIONS) {
    if (!isKeras3 || config[key] !== 'hard_sigmoid') continue
    throw new Error(
      `${layerText(layer)} has '${key}': "hard_sigmoid", which is x/6 + 0.5 in Keras 3 and x/5 + 0.5 in tfjs; ` +
        'train with another, or convert a model of Keras 2',
    )
  }
}

/** Old versions of Keras write a number as {type: 'ndarray', value: 0}. */
function plain(value: unknown): unknown {
  return isObject(value) && value['type'] === 'ndarray' ? value['value'] : value
}

/** What the graph does as tfjs does, though Keras does it otherwise: one sentence for each. */
export function unlikeNotes(layer: Described, written: JsonObject): string[] {
  const policy = policyName(written['dtype'])
  return [
    ...(policy?.startsWith('mixed_')
      ? [`${layerText(layer)} has the policy ${policy} in Keras; the graph computes it in float32`]
      : []),
    ...(layer.class_name === 'UpSampling2D' && layer.config['interpolation'] === 'bilinear'
      ? [`${layerText(layer)} interpolates between corners, as tfjs does; Keras does between centres of pixels`]
      : []),
  ]
}

/** 'mixed_float16' of the string itself or of {class_name: 'DTypePolicy', config: {name: 'mixed_float16'}}. */
export function policyName(dtype: unknown): string | undefined {
  if (typeof dtype === 'string') return dtype
  const config = (dtype as { config?: { name?: unknown } } | undefined | null)?.config
  return typeof config?.name === 'string' ? config.name : undefined
}
