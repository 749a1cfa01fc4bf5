/** @file Local patches of what has two dimensions: what a convolution does, as reshapes before a linear layer. */
import type { Tensor } from '../graph/node.ts'
import * as t from '../graph/ops.ts'
import type { Dim } from '../tensor/shape.ts'

/** [n, h, w, c] to [n, h / 2, w / 2, 4 · c]: two by two squares in one. */
export function byTwo(x: Tensor): Tensor {
  const [n, h, w, c] = x.shape as [Dim, number, number, number]
  const split = t.transpose(t.reshape(x, [n, h / 2, 2, w / 2, 2, c]), [0, 1, 3, 2, 4, 5])
  return t.reshape(split, [n, h / 2, w / 2, 4 * c])
}

/** [n, h, w, c] to [n, h, w, 4 · c]: each with the ones to its right, below it and between these; 0 beyond the edge. */
export function withNext(x: Tensor): Tensor {
  const [, h, w] = x.shape as [Dim, number, number, number]
  // Nothing times what is there: the number of squares may be known only when the program runs.
  const nothing = (axis: number, y: Tensor): Tensor => t.mul(t.slice(y, axis, 0, 1), 0)
  const right = t.concat([t.slice(x, 2, 1, w), nothing(2, x)], 2)
  const below = (y: Tensor): Tensor => t.concat([t.slice(y, 1, 1, h), nothing(1, y)], 1)
  return t.concat([x, right, below(x), below(right)], 3)
}
