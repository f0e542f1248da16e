/**
 * A constant matrix applied along one axis. Resizing, average pooling and their gradients are linear and separable:
 * the gradient of `alongAxis(x, M)` by x is `alongAxis(dy, Mᵀ)`, so forward and backward cannot disagree.
 */
import type { GraphBuilder } from '../graph.ts'
import { firstForm, type Traced } from '../value.ts'

/** Row-major rows × columns; a row makes one output of a row of `columns` inputs. */
export interface AxisMatrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array
}

/** `fill(row)` lists [column, weight]; weights of a column that comes twice add up. */
export function axisMatrix(
  rows: number,
  columns: number,
  fill: (row: number) => Iterable<readonly [column: number, weight: number]>,
): AxisMatrix {
  const values = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (const [column, weight] of fill(row)) values[row * columns + column]! += weight
  return { rows, columns, values }
}

export function transposed({ rows, columns, values }: AxisMatrix): AxisMatrix {
  return {
    rows: columns,
    columns: rows,
    values: values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!),
  }
}

function isIdentity({ rows, columns, values }: AxisMatrix): boolean {
  return rows === columns && values.every((v, i) => v === (i % (columns + 1) === 0 ? 1 : 0))
}

/** The matrix on axis `axis` of a value that lies as `shape`; returns the name of the result. */
function onAxis(graph: GraphBuilder, name: string, shape: readonly number[], axis: number, matrix: AxisMatrix): string {
  if (axis === shape.length - 1) {
    const { rows, columns, values } = transposed(matrix)
    return graph.node('MatMul', [name, graph.constant('float32', [rows, columns], values)])
  }
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const weights = graph.constant('float32', [matrix.rows, matrix.columns], matrix.values)
  if (axis === shape.length - 2) return graph.node('MatMul', [weights, name])
  const flat = graph.node('Reshape', [name, graph.ints([-1, matrix.columns, inner])])
  const moved = graph.node('MatMul', [weights, flat])
  // −1 stands for the batch.
  return graph.node('Reshape', [moved, graph.ints([-1, ...shape.slice(1).with(axis - 1, matrix.rows)])])
}

/** x [N, …space, C] with one matrix an axis of space, in channels-first. */
export function alongSpace(graph: GraphBuilder, x: Traced, matrices: readonly AxisMatrix[]): Traced {
  const shape = [x.shape[0]!, x.shape.at(-1)!, ...x.shape.slice(1, -1)]
  let first = firstForm(graph, x)
  for (const [a, matrix] of matrices.entries()) {
    if (isIdentity(matrix)) continue
    first = onAxis(graph, first, shape, a + 2, matrix)
    shape[a + 2] = matrix.rows
  }
  return { shape: [shape[0]!, ...shape.slice(2), shape[1]!], type: 'float32', forms: { first } }
}
