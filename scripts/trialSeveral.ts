// One network with several labels a slice, or one whose classes are the sets of labels? npm run trial:several -- [--seeds 1,2]
// [--epochs 8] [--threads 2]. On the phantoms that npm run trial:chain drew and prepared: 60 subjects to learn from, 60 to test on, the same
// slices, order and first weights; goes on where it was stopped.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { isThere, readJson, writeJson } from "../src/base/files.ts";
import { runPaths } from "../src/classifier/run.ts";
import { trainClassifier } from "../src/classifier/trainClassifier.ts";
import { type Case, type Dataset, datasetPaths, datasetSchema } from "../src/dataset/dataset.ts";
import { readPreparedCase } from "../src/dataset/preparedSlices.ts";
import { mostProbable } from "../src/prediction/pooling/means.ts";
import { readPredictionSet } from "../src/prediction/predictionSet.ts";
import { areaOf, rankItems } from "../src/statistics/auc.ts";
import { permutationOfAreas, permutationOfShares } from "../src/statistics/permutation.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1,2" },
    epochs: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
    folder: { type: "string", default: join(".bench", "chain") },
  },
});
const folder = resolve(values.folder);
const at = (...names: string[]) => join(folder, ...names);
if (!existsSync(datasetPaths(at("kind")).dataset))
  throw new Error(`${folder} holds no data. Run npm run trial:chain first.`);

const labels = ["ground-glass opacity", "consolidation", "fibrotic streaks"];
const nothing = "none of them";
const setOf = (shown: readonly string[]) =>
  shown.length === 0 ? nothing : labels.filter((l) => shown.includes(l)).join(" + ");
const rows: { slice: string; labels: string }[] = parse(readFileSync(at("data", "slice-manifestations.csv")), {
  columns: true,
});
const shownOf = new Map(rows.map((row) => [row.slice, row.labels === "" ? [] : row.labels.split("; ")]));

/** The same prepared slices, with all labels of each, or with the one that names them together; the first size-60 split of trial:chain. */
async function relabel(name: "several" | "sets"): Promise<void> {
  const split = at("size60-seed1", "kind");
  const dataset: Dataset = await readJson(datasetPaths(split).dataset, datasetSchema);
  const cases: Case[] = [];
  const classes = new Set<string>();
  for (const one of dataset.cases) {
    const { slices } = await readPreparedCase(split, one.caseId);
    const labelled = slices.map(({ sliceIndex, name: slice }) => {
      const shown = shownOf.get(slice) ?? [];
      classes.add(setOf(shown));
      return [String(sliceIndex), name === "several" ? shown : setOf(shown)] as const;
    });
    cases.push({ ...one, label: null, sliceLabels: Object.fromEntries(labelled) });
  }
  const into = at(name);
  await mkdir(into, { recursive: true });
  if (!(await isThere(datasetPaths(into).prepared)))
    await symlink(datasetPaths(at("kind")).prepared, datasetPaths(into).prepared);
  await writeJson(datasetPaths(into).splits, JSON.parse(readFileSync(datasetPaths(split).splits, "utf8")));
  const kind = name === "several" ? { classes: labels, labels: "several" as const } : { classes: [...classes].sort() };
  await writeJson(datasetPaths(into).dataset, { ...dataset, level: "slice", cases, ...kind });
}

/** What the two networks say of a slice: each label's probability, and the set of labels it is called. */
interface Told {
  readonly subjectId: string;
  readonly truth: string;
  readonly several: readonly number[];
  readonly sets: readonly number[];
  readonly calls: readonly [several: string, sets: string];
}

/** What each network says of each test slice's labels, and whether it names them all and no other. */
async function words(seed: number) {
  const told = new Map<string, Told>();
  const [several, sets] = await Promise.all(
    (["several", "sets"] as const).map((name) =>
      readPredictionSet(runPaths(at(`${name}-run${seed}`)).predictions("test")),
    ),
  );
  const single = new Map(
    sets.studies.flatMap(({ studyUid, slices }) =>
      slices.map((slice) => [`${studyUid} ${slice.sliceIndex}` as string, slice.probabilities] as const),
    ),
  );
  for (const { studyUid, subjectId, slices } of several.studies) {
    for (const { sliceIndex, truths, probabilities } of slices) {
      const key = `${studyUid} ${sliceIndex}`;
      const joint = single.get(key);
      if (joint === undefined || truths === undefined) continue;
      const summed = labels.map((label) =>
        joint.reduce((sum, p, k) => sum + (sets.classes[k].includes(label) ? p : 0), 0),
      );
      const calls = [
        setOf(labels.filter((_, k) => probabilities[k] > 0.5)),
        sets.classes[mostProbable(joint)],
      ] as const;
      told.set(`${seed} ${key}`, { subjectId, truth: setOf(truths), several: probabilities, sets: summed, calls });
    }
  }
  return [...told.values()];
}

for (const name of ["several", "sets"] as const) await relabel(name);
const all: Told[] = [];
for (const seed of values.seeds.split(",").map(Number)) {
  for (const name of ["several", "sets"] as const) {
    const training = { epochs: Number(values.epochs), learningRate: 3e-4, threads: Number(values.threads), seed };
    await trainClassifier(at(name), {
      ...training,
      out: at(`${name}-run${seed}`),
      progress: ({ line }) => line && console.error(line),
    });
  }
  all.push(...(await words(seed)));
}
const people = [...new Set(all.map(({ subjectId }) => subjectId))];
const cluster = Int32Array.from(all, ({ subjectId }) => people.indexOf(subjectId));
const right = ([0, 1] as const).map((k) => all.map(({ truth, calls }) => Number(calls[k] === truth)));
const share = (values: readonly number[]) =>
  `${((100 * values.reduce((sum, one) => sum + one, 0)) / values.length).toFixed(1)} %`;
const whole = permutationOfShares(right[0], right[1], cluster, { seed: 1 });
console.log(`${all.length} slices of ${people.length} subjects; several labels, then sets of labels`);
console.log(`all labels right: ${share(right[0])}, ${share(right[1])}; p ${whole.p.toFixed(4)}`);
for (const [k, label] of labels.entries()) {
  const positive = Uint8Array.from(all, ({ truth }) => Number(truth.includes(label)));
  const scores = (["several", "sets"] as const).map((name) => Float64Array.from(all, (one) => one[name][k]));
  const areas = scores.map((own) => areaOf(rankItems(own, positive, cluster, people.length)));
  const { p } = permutationOfAreas(scores[0], scores[1], { positive, cluster }, { seed: 1 });
  console.log(`${label}: AUC ${areas[0].toFixed(3)}, ${areas[1].toFixed(3)}; p ${p.toFixed(4)}`);
}
