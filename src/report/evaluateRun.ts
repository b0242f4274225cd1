import { basename, join } from "node:path";
import { writeFileWhole, writeJson } from "../base/files.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import type { Run } from "../classifier/run.ts";
import { countCases, countSet } from "../evaluation/countSet.ts";
import { type EvaluateOptions, evaluate } from "../evaluation/evaluate.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import { confusionFigure } from "./figures/confusionFigure.ts";
import { standaloneSvg } from "./figures/figure.ts";
import { rocFigure } from "./figures/rocFigure.ts";
import { sweepFigure } from "./figures/sweepFigure.ts";
import { trainingFigures } from "./figures/trainingFigures.ts";
import { type RunResults, readRunResults } from "./readRunResults.ts";
import { type Report, reportPage } from "./reportPage.ts";

export interface EvaluateRunOptions {
  /** Folder for the evaluation; RUN/evaluation where it is left out. */
  readonly out?: string | undefined;
  /** Bootstrap resamples of the subjects, 2,000. */
  readonly resamples?: number | undefined;
  /** The seed of the resampling, 1. */
  readonly seed?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Evaluates a run on its test set (on validation, marked so, if there is no test set) and writes evaluation.json,
 * report.html and the figures as SVG, each with its data as CSV.
 * @throws InputError RUN_INCOMPLETE; as readRunResults and writeFileWhole.
 */
export async function evaluateRun(run: string, options: EvaluateRunOptions = {}): Promise<Evaluation> {
  const { out = join(run, "evaluation"), resamples = 2000, seed = 1, progress = noProgress } = options;
  const tell = (done: number) => progress({ stage: "evaluating", done, total: 3 });
  tell(0);
  const results = await readRunResults(run);
  const measured = results.test.studies.length > 0 ? results.test : results.validation;
  tell(1);
  const evaluation = evaluate(measured, results.classifier, {
    seed,
    resamples,
    baselineTraining: baselineTraining(results),
  });
  tell(2);
  const report = describe(evaluation, results, run);
  for (const figure of Object.values(report.figures).flat()) {
    await writeFileWhole(join(out, "figures", `${figure.name}.svg`), standaloneSvg(figure));
    await writeFileWhole(join(out, "figures", `${figure.name}.csv`), figure.csv);
  }
  await writeFileWhole(join(out, "report.html"), reportPage(report));
  await writeJson(join(out, "evaluation.json"), evaluation);
  tell(3);
  return evaluation;
}

/** The training set's studies. */
function baselineTraining({ training }: RunResults): EvaluateOptions["baselineTraining"] {
  const studies = training.flatMap(({ subjectId, label, prepared }) =>
    label === null ? [] : [{ subjectId, truth: label, attributes: prepared.attributes }],
  );
  return { set: "training", studies };
}

function describe(evaluation: Evaluation, results: RunResults, folder: string): Report {
  const { classes, studies, images, set } = evaluation;
  const { level } = results.run;
  return {
    evaluation,
    results,
    sets: [
      { name: "Training", counts: countCases(results.training, classes, level) },
      { name: "Validation", counts: countSet(results.validation) },
      { name: "Test", counts: countSet(results.test) },
    ],
    figures: {
      studies:
        studies === null
          ? []
          : [
              confusionFigure(classes, studies.table.confusion, {
                name: "study-confusion",
                what: `the ${set} studies`,
              }),
              sweepFigure(studies),
              rocFigure(studies.roc, { name: "study-roc", what: `the ${set} studies` }),
            ],
      images: [
        confusionFigure(classes, images.table.confusion, { name: "image-confusion", what: `the ${set} images` }),
        rocFigure(images.roc, { name: "image-roc", what: `the ${set} images` }),
      ],
      training: trainingFigures(results.history),
    },
    commands: commandsOf(results.run, evaluation, folder),
  };
}

/** The command lines that make the run and its report again; folders by their last name, as they say nothing elsewhere. */
function commandsOf({ dataset, settings, threshold, weights }: Run, evaluation: Evaluation, folder: string): string[] {
  const options = [
    `--preset ${settings.preset}`,
    `--network ${settings.network}`,
    ...(weights.file === null ? [] : [`--pretrained ${weights.file}`]),
    `--epochs ${settings.epochs}`,
    `--seed ${settings.seed}`,
    ...(settings.fold === 0 ? [] : [`--fold ${settings.fold}`]),
    ...(threshold === null ? [] : [`--threshold ${threshold}`]),
  ];
  const { resamples, seed } = evaluation.intervals;
  return [
    `groundglass train ${basename(dataset.path)} -o ${basename(folder)} ${options.join(" ")}`,
    `groundglass evaluate ${basename(folder)} --resamples ${resamples} --seed ${seed}`,
  ];
}
