import type { Comparison } from "../evaluation/comparison.ts";
import type { NetworkSpec } from "../network/networkSpec.ts";
import type { Figure } from "./figures/figure.ts";
import { networkFigure } from "./figures/networkFigure.ts";
import { reliabilityOverlayFigure } from "./figures/reliabilityOverlayFigure.ts";
import { rocOverlayFigure } from "./figures/rocOverlayFigure.ts";
import { sideBySideFigure } from "./figures/sideBySideFigure.ts";

/** A comparison's figures by the section that they stand in. */
export interface ComparisonFigures {
  readonly networks: readonly Figure[];
  readonly images: readonly Figure[];
  readonly studies: readonly Figure[];
  readonly calibration: readonly Figure[];
  readonly sideBySide: readonly Figure[];
}

/** All figures of a comparison. pictures: as slicePictures gives them. */
export function comparisonFigures(
  comparison: Comparison,
  networks: readonly { readonly spec: NetworkSpec; readonly inputPx: number }[],
  pictures: ReadonlyMap<string, string>,
): ComparisonFigures {
  const { classes, images, studies, sideBySide, set } = comparison;
  const different = new Map(networks.map((one) => [one.spec.name, one]));
  const shown = sideBySideFigure(sideBySide, classes, pictures);
  return {
    networks: [...different.values()].map(({ spec, inputPx }) => networkFigure(spec, inputPx)),
    images: classes.map((_, k) =>
      rocOverlayFigure(images.networks, k, { name: `image-roc-${k + 1}`, what: `the ${set} images` }),
    ),
    studies:
      studies === null
        ? []
        : classes.map((_, k) =>
            rocOverlayFigure(studies.networks, k, { name: `study-roc-${k + 1}`, what: `the ${set} studies` }),
          ),
    calibration: [
      ...(studies === null
        ? []
        : [reliabilityOverlayFigure(studies.networks, { name: "study-reliability", what: `the ${set} studies` })]),
      reliabilityOverlayFigure(images.networks, { name: "image-reliability", what: `the ${set} images` }),
    ],
    sideBySide: shown === null ? [] : [shown],
  };
}
