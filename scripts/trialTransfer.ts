// How long transfer learning takes to a validation AUC when all layers learn, the last stage, or the last layer only. Trains each way on
// a prepared dataset and prints a table, with --json as JSON.
//   npm run trial:transfer -- DATASET WEIGHTS [--auc 0.85] [--seed 1] [--only NAME] [--epochs N] [--json]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { trainClassifier } from "../src/classifier/trainClassifier.ts";
import type { TrainingOptions } from "../src/training/trainingSettings.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    auc: { type: "string", default: "0.85" },
    seed: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    epochs: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [dataset, pretrained] = positionals;
if (dataset === undefined || pretrained === undefined) throw new Error("Say DATASET and WEIGHTS");
const aim = Number(values.auc);

const ways: Readonly<Record<string, TrainingOptions>> = {
  "all layers": { epochs: 8 },
  "layer4 and head, the paper's crops": { epochs: 8, freeze: "layer3" },
  "layer4 and head, flips": { epochs: 16, freeze: "layer3", augmentation: "flips" },
  "head, flips": { epochs: 50, freeze: "layer4", augmentation: "flips" },
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

const rows: Row[] = [];
const work = mkdtempSync(join(tmpdir(), "groundglass-transfer-"));
try {
  for (const [name, options] of Object.entries(ways)) {
    if (values.only?.every((part) => !name.includes(part))) continue;
    const { history } = await trainClassifier(dataset, {
      ...options,
      ...(values.epochs !== undefined && { epochs: Number(values.epochs) }),
      ...{ out: join(work, String(rows.length)), pretrained, seed: Number(values.seed), bestBy: "auc" },
      progress: ({ line }) => values.json || line === undefined || console.log(`${name}: ${line}`),
    });
    const areas = history.map(({ validationAuc }) => validationAuc ?? 0);
    const reached = areas.findIndex((area) => area >= aim) + 1;
    const secondsOf = (records: typeof history) => records.reduce((sum, { seconds }) => sum + seconds, 0);
    const waited = history.reduce((sum, { waitedSeconds = 0 }) => sum + waitedSeconds, 0);
    rows.push({
      name,
      epochs: history.length,
      firstEpochSeconds: history[0]?.seconds ?? 0,
      laterEpochSeconds: secondsOf(history.slice(1)) / Math.max(1, history.length - 1),
      epochsToAim: reached === 0 ? null : reached,
      secondsToAim: reached === 0 ? null : secondsOf(history.slice(0, reached)),
      trainingSeconds: secondsOf(history),
      bestAuc: Math.max(...areas),
      waitedShare: waited / secondsOf(history),
    });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify({ aim, rows }, null, 2));
else console.table(rows);
