import { elementCount, type Tensor } from "../tensor.ts";
import { sub } from "./arithmetic.ts";
import { reshape, slice } from "./shape.ts";

/**
 * Zero, of shape [1], that exists only once a tensor does.
 *
 * Added to an argument it puts off an op until then, and keeps ONNX Runtime from doing it when the model is loaded or from
 * taking it for another op of the same arguments.
 */
export function nothing(after: Tensor): Tensor {
  const first = slice(reshape(after, [elementCount(after.shape)]), [{ axis: 0, start: 0, stop: 1 }]);
  return sub(first, first);
}
