import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { concat, pad, permute, reshape, slice } from "./shape.ts";

/** How a square window walks over a map. */
export interface Window {
  readonly stride: number;
  /** Zeros added on each side. */
  readonly padding: number;
}

/** The size of a map after a window of `kernel` pixels walked over it. */
export function windowedSize(size: number, kernel: number, { stride, padding }: Window): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/** A window and its walk, in pixels of each axis. */
export interface Walk extends Window {
  readonly kernel: readonly [y: number, x: number];
  /** The size of the map that the walk gives. */
  readonly size: readonly [y: number, x: number];
}

/**
 * What each tap of the kernel sees on its walk, as maps of the walk's size, row by row.
 *
 * axes: x's axes of height and width.
 */
export function taps(x: Tensor, walk: Walk, axes: readonly [number, number]): Tensor[] {
  const { kernel, size, stride, padding } = walk;
  const [axisY, axisX] = axes;
  const around = x.shape.map((_, axis) => (axis === axisY || axis === axisX ? padding : 0));
  const padded = pad(x, around, around);
  if (kernel[0] * kernel[1] * stride === 1) return [padded];
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const [top, left] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    return slice(padded, [
      { axis: axisY, start: top, stop: top + (size[0] - 1) * stride + 1, step: stride },
      { axis: axisX, start: left, stop: left + (size[1] - 1) * stride + 1, step: stride },
    ]);
  });
}

/**
 * What the whole kernel sees at each place of its walk: [N, C, H, W] → [N·H'·W', K·K·C], the taps row by row, or from the
 * last to the first.
 */
export function columns(x: Tensor, walk: Walk, order: "forward" | "backward" = "forward"): Tensor {
  const [n, channels] = sizesOf4(x);
  const { kernel, size } = walk;
  const seen = taps(channelsLast(x), walk, [1, 2]);
  const ordered = order === "forward" ? seen : seen.toReversed();
  const [only] = ordered;
  const joined = only && ordered.length === 1 ? only : concat(ordered, 3);
  return reshape(joined, [n * size[0] * size[1], kernel[0] * kernel[1] * channels]);
}

/** [N, C, H, W] → [N, H, W, C]. */
export function channelsLast(x: Tensor): Tensor {
  return permute(x, [0, 2, 3, 1]);
}

/** [N·H·W, C] → [N, C, H, W]. */
export function mapsFromRows(rows: Tensor, [n, channels, height, width]: readonly [number, number, number, number]) {
  return permute(reshape(rows, [n, height, width, channels]), [0, 3, 1, 2]);
}

/**
 * A convolution as one product for the whole batch: [N, M, H', W'].
 *
 * ONNX Runtime's own convolution multiplies image by image, which wastes much of each product on maps of few pixels.
 */
export function convAsProduct(x: Tensor, weight: Tensor, bias: Tensor | undefined, walk: Walk): Tensor {
  const [n] = sizesOf4(x);
  const [maps, channels, kernelY, kernelX] = sizesOf4(weight);
  const { size } = walk;
  const byTap = reshape(permute(weight, [0, 2, 3, 1]), [maps, kernelY * kernelX * channels]);
  const rows = apply(
    "Gemm",
    [columns(x, walk), byTap, ...(bias ? [bias] : [])],
    { shape: [n * size[0] * size[1], maps] },
    { transB: 1 },
  );
  return mapsFromRows(rows, [n, maps, size[0], size[1]]);
}
