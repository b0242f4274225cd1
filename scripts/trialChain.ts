// When does a chain beat one flat classifier of all labels? npm run trial:chain -- [--subjects 120] [--tested 60] [--sizes 30,60]
// [--signed 1] [--seeds 1,2] [--epochs 8] [--threads 2]. signed: of how many of the training subjects with the disease the slices' signs are
// known; the kind of every study is. Draws phantoms, trains recognition, then manifestation on what it found, beside one
// network that knows all four labels, on the same subjects; goes on where it was stopped.
import { existsSync, readFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { isThere, readJson, writeFileWhole, writeJson } from "../src/base/files.ts";
import { createRandom } from "../src/base/random.ts";
import type { StageCondition } from "../src/chain/chain.ts";
import { chainRunPaths } from "../src/chain/chainRun.ts";
import { type JudgedStage, judge } from "../src/chain/judge.ts";
import { wholeImages } from "../src/chain/measureChain.ts";
import { trainChain } from "../src/chain/trainChain.ts";
import { readClassifier } from "../src/classifier/classifier.ts";
import { runPaths } from "../src/classifier/run.ts";
import { trainClassifier } from "../src/classifier/trainClassifier.ts";
import { type Case, type Dataset, datasetPaths, datasetSchema } from "../src/dataset/dataset.ts";
import { prepareDataset } from "../src/dataset/prepareDataset.ts";
import { readPreparedCase } from "../src/dataset/preparedSlices.ts";
import { subjectOf } from "../src/dataset/subjectOf.ts";
import { drawPhantoms } from "../src/phantom/drawPhantoms.ts";
import { fitDecision } from "../src/prediction/fitting/fitDecision.ts";
import { mostProbable } from "../src/prediction/pooling/means.ts";
import { type PredictionSet, readPredictionSet } from "../src/prediction/predictionSet.ts";
import { studyFinding } from "../src/prediction/studyFinding.ts";
import { shareOfSubjects } from "../src/statistics/estimate.ts";
import { permutationOfShares } from "../src/statistics/permutation.ts";
import { resampleSubjects } from "../src/statistics/resampling.ts";

const { values } = parseArgs({
  options: {
    subjects: { type: "string", default: "120" },
    tested: { type: "string", default: "60" },
    sizes: { type: "string", default: "30,60" },
    seeds: { type: "string", default: "1,2" },
    signed: { type: "string", default: "1" },
    epochs: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
    folder: { type: "string", default: join(".bench", "chain") },
  },
});
const folder = resolve(values.folder);
const at = (...names: string[]) => join(folder, ...names);
const [subjects, tested, epochs, threads] = [values.subjects, values.tested, values.epochs, values.threads].map(Number);
const numbers = (text: string) => text.split(",").map(Number);
const training = { epochs, learningRate: 3e-4, threads };

const disease = "COVID-19";
const recognised = [disease, "other pneumonia", "normal"];
/** The main manifestation is nearly always ground glass, so that a slice is told by what it shows beside that. */
const signs = ["opacity with consolidation or streaks", "ground-glass opacity alone"];
const all = [...signs, "other pneumonia", "normal"];

interface Row {
  readonly [column: string]: string;
}

/** Draws and prepares what all runs share: studies by their kind, slices by their sign, slices by all four labels. */
async function prepare(): Promise<void> {
  const data = at("data");
  if (!existsSync(join(data, "phantoms.json"))) {
    await drawPhantoms(data, { subjects, seed: 21, matrix: 128, sliceSpacingMm: 14, progress });
  }
  const read = (name: string): Row[] => parse(readFileSync(join(data, name)), { columns: true });
  const numberOf = (subject: string) => Number(subject.slice(-4));
  const studies = read("labels.csv").filter(({ subject }) => numberOf(subject) <= subjects);
  const lines = studies.map((row) => [row.path, row.subject, row.study, row.label].join(","));
  await writeFileWhole(at("labels.csv"), `${["path,subject,study,label", ...lines].join("\n")}\n`);
  if (!existsSync(datasetPaths(at("kind")).dataset)) {
    const recipe = { inputPx: 64, storedPx: 72, maxSlices: 8 };
    await prepareDataset(data, { labels: at("labels.csv"), out: at("kind"), recipe, classes: recognised, progress });
  }
  const signOf = new Map(
    read("slice-manifestations.csv").flatMap(({ slice, labels }) =>
      labels === "" ? [] : [[slice, labels === "ground-glass opacity" ? signs[1] : signs[0]] as const],
    ),
  );
  await labelSlices("signs", signs, (kind, slice) => (kind === disease ? signOf.get(slice) : undefined));
  await labelSlices("flat", all, (kind, slice) => (kind === disease ? signOf.get(slice) : kind));
}

/** The same prepared slices with labels of their own, as prepare --slice-labels --all-slices gives them. */
async function labelSlices(
  name: string,
  classes: readonly string[],
  labelOf: (kind: string, slice: string) => string | undefined,
): Promise<void> {
  const dataset: Dataset = await readJson(datasetPaths(at("kind")).dataset, datasetSchema);
  const cases: Case[] = [];
  for (const one of dataset.cases) {
    const { slices } = await readPreparedCase(at("kind"), one.caseId);
    const labels = slices.flatMap(({ sliceIndex, name: slice }) => {
      const label = labelOf(one.label ?? "", slice);
      return label === undefined ? [] : [[String(sliceIndex), label] as const];
    });
    cases.push({ ...one, label: null, sliceLabels: Object.fromEntries(labels) });
  }
  await writeJson(datasetPaths(at(name)).dataset, { ...dataset, level: "slice", classes, cases });
}

interface Fold {
  readonly train: string[];
  readonly validation: string[];
  readonly test: string[];
}

/** A data set of some subjects, the signs of some unknown: so many to learn from, a fifth of them to validate on, and the same to test on as ever. */
async function subset(name: string, into: string, fold: Fold, unsigned: ReadonlySet<string>) {
  const dataset: Dataset = await readJson(datasetPaths(at(name)).dataset, datasetSchema);
  const wanted = new Set([...fold.train, ...fold.validation, ...fold.test]);
  const withoutSigns = (labels: Readonly<Record<string, string | readonly string[]>>) =>
    Object.fromEntries(Object.entries(labels).filter(([, label]) => !signs.includes(String(label))));
  const cases = dataset.cases
    .filter((one: Case) => wanted.has(one.subjectId))
    .map((one: Case) =>
      one.sliceLabels && unsigned.has(one.subjectId) ? { ...one, sliceLabels: withoutSigns(one.sliceLabels) } : one,
    );
  await mkdir(into, { recursive: true });
  if (!(await isThere(datasetPaths(into).prepared))) {
    await symlink(datasetPaths(at("kind")).prepared, datasetPaths(into).prepared);
  }
  const splits = { format: "groundglass-splits/1", seed: 1, method: "Chosen by the trial.", folds: [fold] };
  await writeJson(datasetPaths(into).splits, splits);
  await writeJson(datasetPaths(into).dataset, { ...dataset, cases });
}

/** Whether each labelled test slice is right, by its key. */
type Right = ReadonlyMap<string, { readonly subjectId: string; readonly isRight: boolean }>;

async function trial(size: number, signed: number, seed: number): Promise<Readonly<Record<string, Right>>> {
  const here = at(`size${size}${signed === 1 ? "" : `-signed${signed}`}-seed${seed}`);
  const idOf = (number: number) => subjectOf(`PHANTOM-${String(number).padStart(4, "0")}`);
  // Three subjects in a row are one of each kind.
  const pool = Array.from({ length: (subjects - tested) / 3 }, (_, i) => tested + 3 * i);
  const chosen = createRandom(seed)
    .fork(`subjects of ${size}`)
    .shuffled(pool)
    .slice(0, size / 3);
  const held = Math.max(1, Math.round(chosen.length / 5));
  const idsOf = (triples: readonly number[]) =>
    triples.flatMap((first) => [1, 2, 3].map((i) => idOf(first + i))).sort();
  const fold = {
    train: idsOf(chosen.slice(held)),
    validation: idsOf(chosen.slice(0, held)),
    test: Array.from({ length: tested }, (_, i) => idOf(i + 1)).sort(),
  };
  const learned = chosen.slice(held);
  const unsigned = new Set(idsOf(learned.slice(Math.ceil(signed * learned.length))));
  for (const name of ["kind", "signs", "flat"]) await subset(name, join(here, name), fold, unsigned);
  const stages = [
    { name: "kind", dataset: "kind", training },
    { name: "signs", dataset: "signs", when: { finding: disease, slices: "carried" }, training },
  ];
  await writeJson(join(here, "chain.json"), { stages });
  await trainChain(join(here, "chain.json"), { out: join(here, "chain"), seed, progress });
  await trainClassifier(join(here, "flat"), { ...training, seed, out: join(here, "flat-run"), progress });
  const chain = await chainStages(join(here, "chain"));
  const passAll = chain.map((stage) => ({ ...stage, when: stage.when && { ...stage.when, slices: "all" as const } }));
  const flat = await flatSets(join(here, "flat-run"));
  const kinds = chain[0].predictions;
  return {
    "chain, slices that carried": await rightOfChain(chain),
    "chain, all slices": await rightOfChain(passAll),
    "flat, each slice by itself": rightOfFlat(flat.test, kinds, null),
    "flat, the study's finding first": rightOfFlat(flat.test, kinds, flat.findings),
    "study: chain": studiesRight(kinds, findingsOf(chain[0])),
    "study: flat": studiesRight(kinds, flat.findings),
  };
}

async function chainStages(folder: string): Promise<(JudgedStage & { readonly when: StageCondition | null })[]> {
  const paths = chainRunPaths(folder);
  return Promise.all(
    (["kind", "signs"] as const).map(async (name) => {
      const run = runPaths(paths.run(name));
      const { classifier } = await readClassifier(run.classifier);
      const when = name === "kind" ? null : ({ stage: "kind", finding: [disease], slices: "carried" } as const);
      const predictions = await readPredictionSet(run.predictions("test"));
      return { name, when, report: "slices" as const, voice: classifier, predictions };
    }),
  );
}

async function rightOfChain(stages: readonly JudgedStage[]): Promise<Right> {
  const images = wholeImages(stages, await judge(stages));
  return new Map(images.map(({ studyUid, sliceIndex, ...rest }) => [`${studyUid} ${sliceIndex}`, rest]));
}

/** The flat network's predictions, and the findings of studies by a rule fitted on validation as the chain's first stage has it. */
async function flatSets(run: string): Promise<{ test: PredictionSet; findings: ReadonlyMap<string, string> }> {
  const test = await readPredictionSet(runPaths(run).predictions("test"));
  const validation = await readPredictionSet(runPaths(run).predictions("validation"));
  const wish = { rule: "auto", threshold: null, calibration: "temperature", operatingPoint: null, seed: 1 } as const;
  const { decision } = fitDecision(await byKind(validation), wish);
  const merged = await byKind(test);
  const findings = merged.studies.map(({ studyUid, slices }) => {
    const { finding } = studyFinding(
      decision,
      slices.map(({ probabilities }) => probabilities),
    );
    return [studyUid, finding] as const;
  });
  return { test, findings: new Map(findings) };
}

/** The signs' probabilities added up to the disease's, with the studies' own truth. */
async function byKind(set: PredictionSet): Promise<PredictionSet> {
  const { cases } = await readJson(datasetPaths(at("kind")).dataset, datasetSchema);
  const truthOf = new Map(cases.map(({ studyUid, label }: Case) => [studyUid, label]));
  const studies = set.studies.map((study) => ({
    ...study,
    truth: truthOf.get(study.studyUid) ?? null,
    slices: study.slices.map(({ sliceIndex, probabilities }) => ({
      sliceIndex,
      probabilities: [
        probabilities.slice(0, signs.length).reduce((sum, p) => sum + p, 0),
        ...probabilities.slice(signs.length),
      ],
      truth: truthOf.get(study.studyUid) ?? null,
    })),
  }));
  return { ...set, level: "study", classes: recognised, studies };
}

/** findings: decide first; then a slice of the disease is called its most probable sign. null: each slice by itself. */
function rightOfFlat(test: PredictionSet, kinds: PredictionSet, findings: ReadonlyMap<string, string> | null): Right {
  const known = new Set(kinds.studies.map(({ studyUid }) => studyUid));
  return new Map(
    test.studies.flatMap(({ studyUid, subjectId, slices }) =>
      slices.flatMap(({ sliceIndex, truth, probabilities }) => {
        if (truth === null || !known.has(studyUid)) return [];
        const finding = findings?.get(studyUid);
        const called =
          finding === undefined
            ? all[mostProbable(probabilities)]
            : finding === disease
              ? signs[mostProbable(probabilities.slice(0, signs.length))]
              : finding;
        return [[`${studyUid} ${sliceIndex}`, { subjectId, isRight: called === truth }] as const];
      }),
    ),
  );
}

function findingsOf({ voice, predictions }: JudgedStage): ReadonlyMap<string, string> {
  return new Map(
    predictions.studies.map(({ studyUid, slices }) => [
      studyUid,
      studyFinding(
        voice,
        slices.map(({ probabilities }) => probabilities),
      ).finding,
    ]),
  );
}

function studiesRight(kinds: PredictionSet, findings: ReadonlyMap<string, string>): Right {
  return new Map(
    kinds.studies.map(({ studyUid, subjectId, truth }) => [
      studyUid,
      { subjectId, isRight: findings.get(studyUid) === truth },
    ]),
  );
}

/** The runs of a size together: each subject brings what it has in all of them. */
function tell(size: number, signed: number, runs: readonly Readonly<Record<string, Right>>[]): void {
  const names = Object.keys(runs[0]);
  console.log(
    `\n${size} subjects to learn from, signs of ${100 * signed} % of them known, ${tested} to test on, ${runs.length} seeds together`,
  );
  for (const name of names) {
    const rows = rowsOf(runs, name);
    const { value, low, high, n, subjects: people } = share(rows);
    console.log(
      `${name.padEnd(34)} ${percent(value)} (${percent(low)} to ${percent(high)}) of ${n}, ${people} subjects`,
    );
  }
  const against = (a: string, b: string) => {
    const [first, second] = [rowsOf(runs, a), rowsOf(runs, b)];
    const both = [...first.keys()].filter((key) => second.has(key));
    const subjectOfKey = new Map<string, number>();
    const cluster = both.map((key) => {
      const { subjectId } = first.get(key) ?? { subjectId: "" };
      if (!subjectOfKey.has(subjectId)) subjectOfKey.set(subjectId, subjectOfKey.size);
      return subjectOfKey.get(subjectId) ?? 0;
    });
    const right = (rows: Right) => both.map((key) => Number(rows.get(key)?.isRight ?? false));
    const { observed, p } = permutationOfShares(right(first), right(second), cluster, { seed: 1 });
    console.log(
      `${`${a} − ${b}`.padEnd(68)} ${(100 * observed).toFixed(1)} points, p ${p.toFixed(4)} (${both.length})`,
    );
  };
  against("chain, slices that carried", "flat, the study's finding first");
  against("chain, all slices", "flat, the study's finding first");
  against("chain, all slices", "flat, each slice by itself");
  against("study: chain", "study: flat");
}

function rowsOf(runs: readonly Readonly<Record<string, Right>>[], name: string): Right {
  return new Map(runs.flatMap((run, i) => [...(run[name] ?? [])].map(([key, row]) => [`${i} ${key}`, row] as const)));
}

function share(rows: Right) {
  const people = [...new Set([...rows.values()].map(({ subjectId }) => subjectId))];
  const numberOf = new Map(people.map((subject, i) => [subject, i]));
  const [right, counted] = [new Float64Array(people.length), new Float64Array(people.length)];
  for (const { subjectId, isRight } of rows.values()) {
    counted[numberOf.get(subjectId) ?? 0] += 1;
    right[numberOf.get(subjectId) ?? 0] += Number(isRight);
  }
  const resampling = resampleSubjects(people.length, { resamples: 2000, seed: 1 });
  return shareOfSubjects(right, counted, { resampling, absent: "nothing" });
}

function percent(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(1)} %`;
}

function progress({ line }: { readonly line?: string | undefined }): void {
  if (line !== undefined) console.error(line);
}

await prepare();
for (const signed of numbers(values.signed)) {
  for (const size of numbers(values.sizes)) {
    const runs = [];
    for (const seed of numbers(values.seeds)) runs.push(await trial(size, signed, seed));
    tell(size, signed, runs);
  }
}
