/**
 * Group normalisation (Wu and He 2018): y = γ · (x − mean) / √(var + ε) + β, mean and variance over space and the
 * channels of a group, a sample. One group is a layer normalisation over all, as many groups as channels an instance
 * normalisation. tfjs has neither. Made of tfjs's ops, so that its gradient is tfjs's; configured as Keras's
 * GroupNormalization.
 */
import * as tf from '@tensorflow/tfjs-core'
import { initializers, layers } from '@tensorflow/tfjs-layers'
import { instanceNorm } from './instance-norm.ts'

const EPSILON = 1e-3

/**
 * x [N, …space, C], γ and β [C]; `groups` divides C, and group i holds the channels i·C/groups and on. The statistics of
 * a group are those of its channels brought together, so the only passes over x are sums over space.
 */
export function groupNorm(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  groups: number,
  epsilon = EPSILON,
): tf.Tensor {
  const channels = x.shape.at(-1)!
  if (x.rank === 5 && groups === channels) return instanceNorm(x, gamma, beta, epsilon)
  return tf.tidy(() => {
    const samples = x.shape[0]!
    const space = Array.from({ length: x.rank - 2 }, (_, i) => i + 1)
    const eachChannel = [samples, ...space.map(() => 1), channels]
    /** Means over space [N, 1 …, C] → over the group, once a channel. */
    const ofGroup = (means: tf.Tensor) => {
      const parts = tf.reshape(means, [samples, groups, channels / groups])
      return tf.reshape(tf.mul(tf.mean(parts, 2, true), tf.onesLike(parts)), eachChannel)
    }
    const centred = tf.sub(x, ofGroup(tf.mean(x, space, true)))
    const variance = ofGroup(tf.mean(tf.square(centred), space, true))
    return tf.add(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gamma)), beta)
  })
}

export interface GroupNormArgs {
  readonly name?: string
  /** Divides the number of channels. */
  readonly groups: number
  readonly epsilon?: number
}

export class GroupNorm extends layers.Layer {
  static className = 'GroupNormalization'
  private readonly groups: number
  private readonly epsilon: number

  constructor(args: GroupNormArgs) {
    super(args as ConstructorParameters<typeof layers.Layer>[0])
    this.groups = args.groups
    this.epsilon = args.epsilon ?? EPSILON
  }

  override build(shape: number[]): void {
    const channels = shape.at(-1)!
    if (!Number.isInteger(this.groups) || this.groups < 1 || channels % this.groups !== 0) {
      throw new Error(`${this.groups} groups do not divide ${channels} channels`)
    }
    this.addWeight('gamma', [channels], 'float32', initializers.ones())
    this.addWeight('beta', [channels], 'float32', initializers.zeros())
    super.build(shape)
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [gamma, beta] = this.weights.map((weight) => weight.read())
    return groupNorm(Array.isArray(inputs) ? inputs[0]! : inputs, gamma!, beta!, this.groups, this.epsilon)
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups, epsilon: this.epsilon }
  }
}

tf.serialization.registerClass(GroupNorm)
