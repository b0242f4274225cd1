import { basename } from "node:path";
import type { Run } from "../classifier/run.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { OperatingCriterion } from "../prediction/operatingPoint.ts";
import { settingsAsOptions } from "../training/settingsAsOptions.ts";
import { type Html, html } from "./html.ts";
import type { Report } from "./reportPage.ts";
import { count } from "./words.ts";

/** The commands, versions, seeds and hashes that make the same again. */
export function reproducibility({ evaluation, results, commands }: Report): Html {
  const { run, classifier } = results;
  const { settings } = run;
  const rows: [string, string][] = [
    ["Classifier", classifier.classifierId],
    ["Groundglass", `${run.groundglassVersion} (trained), ${evaluation.groundglassVersion} (evaluated)`],
    ...(run.environment === undefined
      ? []
      : [
          [
            "Trained with",
            `Node.js ${run.environment.node}, ONNX Runtime ${run.environment.onnxRuntime}, ${run.environment.machine}`,
          ] as [string, string],
        ]),
    ["Network", `${settings.network}, ${settings.pretrained === null ? "not pretrained" : "pretrained"}`],
    ["Presets", `${settings.preset} (training), ${run.recipe.preset} (slices)`],
    ["Epochs, batch", `${settings.epochs}, ${settings.batchSize}`],
    [
      "Learning rate",
      `${settings.learningRate}${settings.headLearningRate === null ? "" : ` (last layer ${settings.headLearningRate})`}, ${settings.schedule}`,
    ],
    ["Seeds", `${settings.seed} (training), ${results.splits.seed} (split), ${evaluation.intervals.seed} (intervals)`],
    ["Fold", `${settings.fold} of ${results.splits.folds.length}`],
    ["Intervals", `${count(evaluation.intervals.resamples)} resamples of subjects`],
    ["dataset.json, SHA-256", run.dataset.sha256],
    ["splits.json, SHA-256", run.dataset.splitsSha256],
    ["weights.safetensors, SHA-256", classifier.files["weights.safetensors"]],
    ...(run.weights.sha256 === null ? [] : [["Pretrained file, SHA-256", run.weights.sha256] as [string, string]]),
  ];
  return html`<pre>${commands.join("\n")}</pre>
<p class="note">The weights are the same again with the same number of threads on the same kind of machine; the numbers from saved predictions always are.</p>
<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<p>Beside this page lie <code>evaluation.json</code> with every number in full, <code>figures/</code> with each figure as SVG and its data as CSV, <code>tables/</code> with each table as CSV and LaTeX (booktabs), <code>checklists/</code> and the <a href="model-card.md">model card</a> as Markdown.</p>`;
}

/** The command lines that make the run and its report again; folders by their last name, as they say nothing elsewhere. */
export function commandsOf(
  { dataset, settings, threshold, weights, decision, audit }: Run,
  evaluation: Evaluation,
  of: { folder: string; readers?: string | undefined; prevalences?: readonly number[] | undefined },
): string[] {
  const when = (isOther: boolean, option: string) => (isOther ? [option] : []);
  const { operatingPoint } = decision;
  const options = [
    `--preset ${settings.preset}`,
    `--network ${settings.network}`,
    ...when(weights.file !== null, `--pretrained ${weights.file}`),
    `--epochs ${settings.epochs}`,
    ...settingsAsOptions(settings),
    `--seed ${settings.seed}`,
    ...when(settings.fold !== 0, `--fold ${settings.fold}`),
    threshold === null ? `--study-rule ${decision.rule}` : `--threshold ${threshold}`,
    `--calibration ${decision.calibration}`,
    ...(operatingPoint === null
      ? []
      : [
          `--operating-point ${criterionOption(operatingPoint.criterion)} --operating-class ${quoted(operatingPoint.class)}`,
        ]),
    ...when((audit?.overridden.length ?? 0) > 0, `--accept-audit ${audit?.overridden.join(",")}`),
  ];
  const { resamples, seed } = evaluation.intervals;
  const run = basename(of.folder);
  const evaluating = [
    `--resamples ${resamples}`,
    `--seed ${seed}`,
    ...(of.readers === undefined ? [] : [`--readers ${quoted(basename(of.readers))}`]),
    ...when(evaluation.external.length > 0, `--external ${evaluation.external.map(({ name }) => name).join(",")}`),
    ...(of.prevalences === undefined ? [] : [`--prevalence ${of.prevalences.join(",")}`]),
  ];
  return [
    `groundglass train ${basename(dataset.path)} -o ${run} ${options.join(" ")}`,
    ...evaluation.external.map(({ name }) => `groundglass predict ${run} ${name}`),
    `groundglass evaluate ${run} ${evaluating.join(" ")}`,
  ];
}

function criterionOption(criterion: OperatingCriterion): string {
  switch (criterion.kind) {
    case "sensitivity":
    case "specificity":
      return `${criterion.kind}=${criterion.atLeast}`;
    case "youden":
      return "youden";
    case "cost":
      return `cost=${criterion.miss}:${criterion.falseAlarm}`;
    case "netBenefit":
      return `net-benefit=${criterion.threshold}`;
  }
}

function quoted(word: string): string {
  return /^[\w./,=:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
