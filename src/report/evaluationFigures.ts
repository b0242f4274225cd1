import type { Evaluation, SetCounts } from "../evaluation/evaluation.ts";
import type { Results } from "../evaluation/results.ts";
import type { EpochRecord } from "../training/history.ts";
import { confusionFigure } from "./figures/confusionFigure.ts";
import { decisionFigure } from "./figures/decisionFigure.ts";
import type { Figure } from "./figures/figure.ts";
import { networkFigure } from "./figures/networkFigure.ts";
import { precisionRecallFigure } from "./figures/precisionRecallFigure.ts";
import { readersFigure } from "./figures/readersFigure.ts";
import { reliabilityFigure } from "./figures/reliabilityFigure.ts";
import { rocFigure } from "./figures/rocFigure.ts";
import { splitFigure } from "./figures/splitFigure.ts";
import { subgroupFigure } from "./figures/subgroupFigure.ts";
import { sweepFigure } from "./figures/sweepFigure.ts";
import { trainingFigures } from "./figures/trainingFigures.ts";
import type { RunResults } from "./readRunResults.ts";

/** A report's figures by the section that they stand in. */
export interface ReportFigures {
  readonly data: readonly Figure[];
  readonly training: readonly Figure[];
  readonly images: readonly Figure[];
  readonly studies: readonly Figure[];
  readonly calibration: readonly Figure[];
  readonly decisions: readonly Figure[];
  readonly subgroups: readonly Figure[];
  readonly readers: readonly Figure[];
  readonly external: readonly Figure[];
}

/** All figures of an evaluation. */
export function evaluationFigures(
  evaluation: Evaluation,
  { history, run }: Pick<RunResults, "run"> & { readonly history: readonly EpochRecord[] },
  sets: readonly { readonly name: string; readonly counts: SetCounts }[],
): ReportFigures {
  const { classes, studies, images, set, subgroups, readers, external } = evaluation;
  const main = studies ?? images;
  const many = studies === null ? "images" : "studies";
  return {
    data: [
      splitFigure(sets.map(({ name, counts }) => ({ set: name, ...counts }))),
      networkFigure(run.network, run.recipe.inputPx),
    ],
    training: trainingFigures(history),
    images: curves(images, { name: "image", what: `the ${set} images`, classes }),
    studies:
      studies === null
        ? []
        : [...curves(studies, { name: "study", what: `the ${set} studies`, classes }), sweepFigure(studies)],
    calibration: [
      ...(studies === null
        ? []
        : [
            reliabilityFigure(studies.calibration, studies.uncalibrated, {
              name: "study-reliability",
              what: `the ${set} studies`,
            }),
          ]),
      reliabilityFigure(images.calibration, images.uncalibrated, {
        name: "image-reliability",
        what: `the ${set} images`,
      }),
    ],
    decisions: present([
      decisionFigure(main.decisions, {
        name: studies === null ? "image-decisions" : "study-decisions",
        what: `the ${set} ${many}`,
      }),
    ]),
    subgroups: present([subgroupFigure(subgroups, main.table.overallAccuracy.value, `the ${set} ${many}`)]),
    readers: readers === null || studies === null ? [] : [readersFigure(readers, studies.roc)],
    external: external.flatMap((other) => {
      const own = other.studies ?? other.images;
      const what = `the ${other.studies === null ? "images" : "studies"} of ${other.name}`;
      return curves(own, { name: `external-${other.name}`, what, classes });
    }),
  };
}

function curves(results: Results, of: { name: string; what: string; classes: readonly string[] }): Figure[] {
  const { name, what, classes } = of;
  return [
    confusionFigure(classes, results.table.confusion, { name: `${name}-confusion`, what }),
    rocFigure(results.roc, { name: `${name}-roc`, what }),
    precisionRecallFigure(results.precisionRecall, { name: `${name}-precision-recall`, what }),
  ];
}

function present(figures: readonly (Figure | null)[]): Figure[] {
  return figures.filter((figure) => figure !== null);
}
