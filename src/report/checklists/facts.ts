import type { SetCounts } from "../../evaluation/evaluation.ts";
import { describeStudyRule } from "../../prediction/describeStudyRule.ts";
import { attributeName } from "../../slices/attributeWords.ts";
import { answerOf } from "../answer.ts";
import type { Report } from "../reportPage.ts";
import { counted, interval, list, percent } from "../words.ts";

/** What a run can say to a reporting guideline. */
export const factNames = [
  "method",
  "intendedUse",
  "excluded",
  "preprocessing",
  "sliceSelection",
  "deidentification",
  "acquisition",
  "readers",
  "splits",
  "sampleSize",
  "network",
  "software",
  "initialisation",
  "training",
  "imbalance",
  "selection",
  "ensemble",
  "studyRule",
  "calibration",
  "metrics",
  "uncertainty",
  "subgroups",
  "audit",
  "explanation",
  "performance",
  "crossTable",
  "external",
  "flow",
  "characteristics",
  "failures",
  "limits",
  "badInput",
  "reproduction",
] as const;

export type Fact = (typeof factNames)[number];

/** Sentences by fact; what a run does not know is absent. */
export type Facts = Readonly<Partial<Record<Fact, string>>>;

/** What the run, its dataset and its evaluation say, each as a sentence or two. */
export function factsOf(report: Report): Facts {
  const { evaluation, results } = report;
  const { run, classifier, dataset } = results;
  const { settings } = run;
  const { recipe } = run;
  const main = evaluation.studies ?? evaluation.images;
  const overall = main.table.overallAccuracy;
  const unit = evaluation.studies === null ? "images" : "studies";
  const ends = interval(overall, "percent");
  const answer = answerOf(evaluation, { audit: results.audit, overridden: run.audit?.overridden ?? [] });
  const facts: Partial<Record<Fact, string | null>> = {
    method: `Classification of chest CT into ${list(evaluation.classes)} by deep transfer learning (${networkName(run.network.name)}).`,
    intendedUse: classifier.intendedUse,
    excluded:
      dataset.excluded.length === 0
        ? "No labelled study had to be left out for faults of its files."
        : `${counted(dataset.excluded.length, "study", "studies")} could not be read and were left out (${codes(dataset.excluded)}).`,
    preprocessing: `Preset "${recipe.preset}": lungs isolated by "${recipe.lungs.method}", slices stored at ${recipe.storedPx} and seen at ${recipe.inputPx} pixels; all settings are in run.json.`,
    sliceSelection: `Slices with at least ${recipe.minLungAreaMm2} mm² of lung${recipe.maxSlices === null ? "" : `, at most ${recipe.maxSlices} of a study, evenly spaced`}.`,
    deidentification:
      "The data set and this report hold digests in place of patients' IDs, and no names, birth dates or dates of study. How the images themselves were de-identified is for the author to say.",
    acquisition: acquisition(report),
    readers:
      evaluation.readers === null
        ? null
        : `Readers' agreement, and readers against the classifier, are in this report.`,
    splits: `${results.splits.method} No subject is in two sets; that is checked when sets are made, read and used.`,
    sampleSize: evaluation.sizeNotes.length === 0 ? null : evaluation.sizeNotes.join(" "),
    network: `${networkName(run.network.name)} as in torchvision, ${recipe.inputPx} × ${recipe.inputPx} pixels, the grey plane three times, ${run.network.classes} outputs; the whole network is in classifier/network.onnx.`,
    software: `Groundglass ${evaluation.groundglassVersion} (evaluation), ${run.groundglassVersion} (training), on ONNX Runtime.`,
    initialisation:
      run.weights.file === null
        ? "Random weights (Kaiming normal), drawn from the seed."
        : `Pretrained weights from ${run.weights.file} (SHA-256 ${run.weights.sha256}): ${run.weights.loaded.length} tensors loaded, ${run.weights.missing.length} random.`,
    training: `Adam, ${counted(settings.epochs, "epoch", "epochs")}, batches of ${settings.batchSize}, learning rate ${settings.learningRate} (${settings.schedule}), random crop and horizontal flip, seed ${settings.seed}.`,
    imbalance: `Class weights in the loss: ${settings.classWeights}.`,
    selection: evaluation.choices.map(({ sentence }) => sentence).join(" "),
    ensemble: "None: one network decides.",
    studyRule:
      evaluation.studies === null
        ? "The labels belong to images; no rule for studies is used."
        : `${describeStudyRule(classifier.studyRule)}`,
    calibration:
      classifier.calibration === null
        ? "Probabilities are not calibrated."
        : "Probabilities are calibrated on validation; the report shows them before and after.",
    metrics:
      "Sensitivity, specificity and accuracy of each class against the rest, overall accuracy, area under the ROC curve, average precision, Brier score, calibration error, net benefit.",
    uncertainty: `95 % intervals; subjects are the unit (${evaluation.intervals.resamples} resamples, seed ${evaluation.intervals.seed}). Several tests are corrected by Holm's method.`,
    subgroups: subgroups(report),
    audit: audited(report),
    explanation:
      report.pictures.size === 0
        ? "The page of a single diagnosis shows the slices that carry its finding."
        : "Grad-CAM maps show where the network saw the class that it called, on the worst errors in this report; the page of a single diagnosis shows the slices that carry its finding.",
    performance:
      overall.value === null
        ? null
        : `Overall accuracy ${percent(overall.value)}${ends === null ? "" : ` (95 % interval ${ends})`} over ${overall.n} ${unit} of ${counted(overall.subjects, "subject", "subjects")} of the ${evaluation.set} set; the tables give each class.`,
    crossTable: `Confusion matrix of ${unit}, as counts and rates, in this report.`,
    external:
      evaluation.external.length === 0
        ? null
        : `Also evaluated on ${list(evaluation.external.map(({ name }) => name))}, side by side with the first.`,
    flow: report.sets
      .map(({ name, counts }) => `${name}: ${inWords(counts)}`)
      .join("; ")
      .concat("."),
    characteristics: characteristics(report),
    failures: "The worst errors are shown with their probabilities.",
    limits: [...answer.doubts.map(({ sentence }) => sentence), answer.againstBaseline ?? "", ...answer.limits]
      .filter((sentence) => sentence !== "")
      .join(" "),
    badInput:
      "Studies that cannot be read, show no lungs or fail a check are refused with a code or carry a warning; nothing is guessed in their place.",
    reproduction: `The commands, seeds and hashes at the end of the report make it again (classifier ${evaluation.classifierId}).`,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, sentence]) => sentence !== null && sentence !== ""));
}

function audited({ results: { audit, run } }: Report): string {
  if (audit === null) return "The data were not audited for leaks and shortcuts.";
  const { findings, shortcuts } = audit;
  const codes = [...new Set(findings.map(({ code }) => code))];
  const overridden = run.audit?.overridden ?? [];
  const found = codes.length === 0 ? "Nothing was found." : `Found: ${list(codes)}.`;
  const accepted = overridden.length === 0 ? "" : ` Accepted by the user: ${list(overridden)}.`;
  return `The data were audited for leaks between sets and for ${shortcuts.length} possible shortcuts. ${found}${accepted}`;
}

const networkName = (name: string) => name.replace(/^resnet/, "ResNet");

function codes(excluded: readonly { readonly code: string }[]): string {
  const counts = new Map<string, number>();
  for (const { code } of excluded) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, many]) => `${code}: ${many}`).join(", ");
}

function inWords({ total }: SetCounts): string {
  return `${counted(total.subjects, "subject", "subjects")}, ${counted(total.studies, "study", "studies")}, ${counted(total.images, "image", "images")}`;
}

/** The attributes of how studies were taken, as ranges or lists. */
function acquisition({ results }: Report): string | null {
  return described(
    results.dataset.cases.map(({ prepared }) => prepared.attributes),
    [
      "manufacturer",
      "kernel",
      "sliceThicknessMm",
      "spacingZMm",
      "pixelSpacingMm",
      "tubeVoltageKv",
      "rows",
      "slicesInStudy",
    ],
  );
}

function characteristics({ results }: Report): string | null {
  return described(
    results.dataset.cases.map((one) => ({ ...one.prepared.attributes, ...one.columns })),
    ["sex", "ageYears", "age", "site"],
  );
}

function described(
  rows: readonly Readonly<Record<string, string | number>>[],
  names: readonly string[],
): string | null {
  const parts = names.flatMap((name) => {
    const values = rows.flatMap((row) => row[name] ?? []);
    if (values.length === 0) return [];
    const numbers = values.filter((value) => typeof value === "number");
    const words = [...new Set(values.filter((value) => typeof value === "string"))].sort();
    const range = numbers.length === 0 ? [] : [`${Math.min(...numbers)} to ${Math.max(...numbers)}`];
    const shown = [...range, ...words.slice(0, 6), ...(words.length > 6 ? [`${words.length - 6} others`] : [])];
    return [`${attributeName(name)}: ${shown.join(", ")} (known of ${values.length} of ${rows.length})`];
  });
  return parts.length === 0 ? null : `${parts.join("; ")}.`;
}

function subgroups({ evaluation }: Report): string | null {
  const { groups } = { groups: evaluation.subgroups };
  const isEmpty = Array.isArray(groups) ? groups.length === 0 : Object.keys(groups).length === 0;
  return isEmpty ? null : "Results in subgroups, with intervals and a test for difference, are in this report.";
}
