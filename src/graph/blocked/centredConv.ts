import { neg } from "../ops/arithmetic.ts";
import { conv2d } from "../ops/conv2d.ts";
import type { Walk } from "../ops/convColumns.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape } from "../ops/shape.ts";
import { constant, sizeAt, sizesOf4, type Tensor } from "../tensor.ts";
import { settled } from "./abreast.ts";
import { blockedAffine, blockedConv, type Finish } from "./blockedConv.ts";
import { packedWeight, rowsInBlocks, toBlocked } from "./blockedMaps.ts";
import { channelMean } from "./channelMeans.ts";

/** A convolution's result minus its mean over images and pixels, blocked, and that mean, [M]. They carry no gradient. */
export interface CentredConv {
  readonly mean: Tensor;
  readonly centred: Tensor;
}

/** The convolution of blocked maps, or of plain ones whose channels do not fill blocks, around its mean. */
export function centredConv(x: Tensor, conv: Tensor, walk: Walk, block: number): CentredConv {
  const [maps, channels] = sizesOf4(conv);
  if (isPointwise(walk) && channels % block === 0 && channels < maps) {
    // The mean of x, which is smaller, tells that of the result, which then need not be read and written again.
    const product = matmul(reshape(conv, [maps, channels]), reshape(channelMean(x, block), [channels, 1]));
    const mean = reshape(product, [maps]);
    return { mean, centred: convolved(x, conv, walk, block, { bias: neg(mean) }) };
  }
  const result = settled(convolved(x, conv, walk, block), block);
  const mean = channelMean(result, block);
  return { mean, centred: blockedAffine(result, constant(new Float32Array(maps).fill(1)), neg(mean)) };
}

/** Whether each pixel of the result sees one pixel of x, and each of x is seen. */
function isPointwise({ kernel, stride, padding }: Walk): boolean {
  return kernel[0] * kernel[1] * stride === 1 && padding === 0;
}

function convolved(x: Tensor, conv: Tensor, walk: Walk, block: number, finish: Finish = {}): Tensor {
  const { kernel, stride, padding } = walk;
  const [maps, channels] = sizesOf4(conv);
  // Channels fewer than a block are taken from plain maps; what lies between fits neither way.
  if (channels > block && channels % block !== 0) return toBlocked(conv2d(x, conv, { stride, padding }), block);
  const packed = channels < block ? reshape(rowsInBlocks(conv, maps, block), conv.shape) : packedWeight(conv, block);
  const border = { top: padding, left: padding, bottom: padding, right: padding };
  return blockedConv(x, packed, sizeAt(conv, 0), { kernel, stride, border, abreast: x.abreast, ...finish });
}
