import { scale } from "../ops/arithmetic.ts";
import { expand, reshape } from "../ops/shape.ts";
import { apply, sizesOf4, type Tensor } from "../tensor.ts";
import { standApart } from "./abreast.ts";
import { blockedDomain } from "./blockedMaps.ts";

/** The mean of each blocked map, no longer blocked: [N, C]. */
export function blockedGlobalAveragePool(maps: Tensor, block: number): Tensor {
  const x = standApart(maps, block);
  const [n, channels, height, width] = sizesOf4(x);
  const planes = (n * channels) / block;
  const means = apply(`${blockedDomain}.GlobalAveragePool`, [x], {
    shape: [n, channels, 1, 1],
    derivation: [
      [
        x,
        (dy) => {
          const share = reshape(scale(dy, 1 / (height * width)), [planes, 1, block]);
          return reshape(expand(share, [planes, height * width, block]), x.shape);
        },
      ],
    ],
  });
  return reshape(means, [n, channels]);
}
