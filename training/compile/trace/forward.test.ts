/** Every op whose kernels lie in elementwise, reduce, shape and their neighbours: traced as in tfjs's cpu backend. */
import '../cpu-backend.ts'
import { before, test } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import { OP_PROGRAMS, OP_SHAPE, OP_VALUES } from '../../../test/fixtures/op-programs.ts'
import { assertSame, type Program, runDirect, runTraced } from '../../../test/fixtures/traced.ts'

before(() => tf.setBackend('cpu'))

/** Puts x into channels-first by a convolution that copies it, so that the kernel under test meets that layout. */
const eye = () => tf.reshape(tf.eye(4, 4), [1, 1, 1, 4, 4]) as tf.Tensor5D
const moved = (t: tf.Tensor) => tf.conv3d(t as tf.Tensor5D, eye(), 1, 'same')

for (const [name, program] of Object.entries(OP_PROGRAMS)) {
  test(`${name} is the same traced and in tfjs, in either layout`, async () => {
    const direct = runDirect(program, [OP_SHAPE, OP_SHAPE], OP_VALUES)
    for (const layout of [(t: tf.Tensor) => t, moved]) {
      const inLayout: Program = (a, b) => program(layout(a!), layout(b!))
      assertSame(await runTraced(inLayout, [OP_SHAPE, OP_SHAPE], OP_VALUES), direct, name)
    }
  })
}
