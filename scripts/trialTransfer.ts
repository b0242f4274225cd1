// How long transfer learning takes to a validation AUC when all layers learn, the last stage, or the last layer only, and how long the
// network waits for images meanwhile. Trains each way and prints a table, with --json as JSON.
//   npm run trial:transfer [-- DATASET WEIGHTS] [--auc 0.85] [--seed 1] [--only NAME] [--epochs N] [--out FOLDER] [--json]
// DATASET: a prepared one; without it ../shared/data/ct-slices is prepared, by their own split. WEIGHTS: for ResNet18. What is done is
// kept in --out; the same command goes on from there, and counts an epoch that was stopped from its beginning.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { trainClassifier } from "../src/classifier/trainClassifier.ts";
import { prepareDataset } from "../src/dataset/prepareDataset.ts";
import type { EpochRecord } from "../src/training/history.ts";
import type { TrainingOptions } from "../src/training/trainingSettings.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    auc: { type: "string", default: "0.85" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    epochs: { type: "string" },
    out: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const shared = join(import.meta.dirname, "..", "..", "shared", "data");
const aim = Number(values.auc);

const ways: Readonly<Record<string, TrainingOptions>> = {
  "all layers": { epochs: 4 },
  "`--train layer4`": { epochs: 4, freeze: "layer3" },
  "`--train layer4 --augment flips`": { epochs: 6, freeze: "layer3", augmentation: "flips" },
  "`--train head --augment flips`": { epochs: 50, freeze: "layer4", augmentation: "flips" },
};

interface Row {
  readonly name: string;
  readonly epochs: number;
  readonly firstEpochSeconds: number;
  /** Mean of the others. */
  readonly laterEpochSeconds: number;
  readonly epochsToAim: number | null;
  readonly secondsToAim: number | null;
  readonly trainingSeconds: number;
  readonly bestAuc: number;
  /** Of the training's seconds, in which the network waited for images. */
  readonly waitedShare: number;
}

const pretrained =
  positionals[1] ?? there(join(shared, "weights", "resnet18-imagenet-to-layer3.safetensors"), "WEIGHTS");
const images = positionals[0] === undefined ? there(join(shared, "ct-slices"), "DATASET") : undefined;
const work = values.out ?? mkdtempSync(join(tmpdir(), "groundglass-transfer-"));
try {
  const dataset = positionals[0] ?? join(work, "dataset");
  if (images !== undefined && !existsSync(join(dataset, "dataset.json"))) {
    await prepareDataset(images, { out: dataset, labels: join(images, "labels.csv") });
  }
  const rows: Row[] = [];
  for (const [i, [name, options]] of Object.entries(ways).entries()) {
    if (values.only?.every((part) => !name.includes(part))) continue;
    const { history } = await trainClassifier(dataset, {
      ...options,
      ...(values.epochs !== undefined && { epochs: Number(values.epochs) }),
      ...{ out: join(work, String(i)), pretrained, seed: Number(values.seed), bestBy: "auc" },
      progress: ({ line }) => line === undefined || console.error(`${name}: ${line}`),
    });
    rows.push(rowOf(name, history));
  }
  console.log(values.json ? JSON.stringify({ aim, rows }, null, 2) : tableOf(rows).join("\n"));
} finally {
  if (values.out === undefined) rmSync(work, { recursive: true, force: true });
}

/** A path that is there; else ends this process. */
function there(path: string, argument: string): string {
  if (existsSync(path)) return path;
  console.error(`${path} is not there. Name ${argument}: npm run trial:transfer -- DATASET WEIGHTS`);
  return process.exit(2);
}

function rowOf(name: string, history: readonly EpochRecord[]): Row {
  const areas = history.map(({ validationAuc }) => validationAuc ?? 0);
  const reached = areas.findIndex((area) => area >= aim) + 1;
  const secondsOf = (records: readonly EpochRecord[]) => records.reduce((sum, { seconds }) => sum + seconds, 0);
  const waited = history.reduce((sum, { waitedSeconds = 0 }) => sum + waitedSeconds, 0);
  return {
    name,
    epochs: history.length,
    firstEpochSeconds: history[0]?.seconds ?? 0,
    laterEpochSeconds: secondsOf(history.slice(1)) / Math.max(1, history.length - 1),
    epochsToAim: reached === 0 ? null : reached,
    secondsToAim: reached === 0 ? null : secondsOf(history.slice(0, reached)),
    trainingSeconds: secondsOf(history),
    bestAuc: Math.max(...areas),
    waitedShare: waited / secondsOf(history),
  };
}

/** In Markdown. */
function tableOf(rows: readonly Row[]): string[] {
  const seconds = (value: number) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} s`;
  return [
    `| | first epoch, later ones | validation AUC ${aim} after | best AUC | waited for images |`,
    "|---|---|---|---|---|",
    ...rows.map((row) => {
      const aimed = row.secondsToAim === null ? "never" : `${seconds(row.secondsToAim)} (epoch ${row.epochsToAim})`;
      const epochs = `${seconds(row.firstEpochSeconds)}, ${seconds(row.laterEpochSeconds)}`;
      const waited = `${(100 * row.waitedShare).toFixed(1)} % of ${seconds(row.trainingSeconds)}`;
      return `| ${row.name}, ${row.epochs} epochs | ${epochs} | ${aimed} | ${row.bestAuc.toFixed(3)} | ${waited} |`;
    }),
  ];
}
