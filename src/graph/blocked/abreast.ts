import { reshape } from "../ops/shape.ts";
import { sizesOf4, type Tensor, withDerivation } from "../tensor.ts";
import { permuteRows } from "./pickRows.ts";

/** The widest maps whose images stand abreast. */
const widestPx = 8;

/**
 * The images of blocked maps abreast, pixel by pixel: [N, C, H, W] → [1, C, H, W·N], the numbers as [C / block, H, W, N, block].
 *
 * A convolution walks along rows. Those of small maps are all borders, and for each its weights come from memory again; a row of all
 * images is long. A kernel's taps are then N pixels apart from one column to the next.
 */
function standAbreast(x: Tensor, block: number): Tensor {
  const [n, channels, height, width] = sizesOf4(x);
  const moved = permuteRows(reshape(x, [n, channels / block, height, width, block]), [1, 2, 3, 0, 4]);
  return {
    ...withDerivation(reshape(moved, [1, channels, height, width * n]), [
      [x, (dy) => standApart({ ...dy, abreast: n }, block)],
    ]),
    abreast: n,
    ...againBy(x, (repeated) => standAbreast(repeated, block)),
  };
}

/** Blocked maps [N, C, H, W], image by image: undoes `standAbreast`; others stay as they are. */
export function standApart(x: Tensor, block: number): Tensor {
  const { abreast: n = 1 } = x;
  if (n === 1) return x;
  const [, channels, height, width] = sizesOf4(x);
  const moved = permuteRows(reshape(x, [channels / block, height, width / n, n, block]), [3, 0, 1, 2, 4]);
  return {
    ...withDerivation(reshape(moved, [n, channels, height, width / n]), [[x, (dy) => standAbreast(dy, block)]]),
    ...againBy(x, (repeated) => standApart(repeated, block)),
  };
}

/** How moved maps are made again: by moving again what was moved, where that can be made again. */
function againBy({ again }: Tensor, move: (x: Tensor) => Tensor): Pick<Tensor, "again"> {
  if (!again) return {};
  let moved: Tensor | undefined;
  return {
    again(after) {
      moved ??= move(again(after));
      return moved;
    },
  };
}

/** Blocked maps as such are fastest walked over: small ones abreast. Whole blocks of images are asked for, as the gradient by the weight takes them. */
export function settled(x: Tensor, block: number): Tensor {
  const [n, , height, width] = imageSizes(x);
  const isWorthwhile = n > 1 && n % block === 0 && Math.max(height, width) <= widestPx;
  return x.abreast === undefined && isWorthwhile ? standAbreast(x, block) : x;
}

/** [N, C, H, W] of maps that may stand abreast. */
export function imageSizes(x: Tensor): readonly [number, number, number, number] {
  const [n, channels, height, width] = sizesOf4(x);
  const { abreast = 1 } = x;
  return [n * abreast, channels, height, width / abreast];
}
