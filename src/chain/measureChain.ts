import { version } from "../base/version.ts";
import { classTable } from "../evaluation/confusion.ts";
import { toItems } from "../evaluation/items.ts";
import { rocTable } from "../evaluation/rocTable.ts";
import { type Estimate, shareOfSubjects } from "../statistics/estimate.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import type { ChainLink } from "./chain.ts";
import type { ChainEvaluation, StageTables } from "./chainEvaluation.ts";
import { conditionWords } from "./conditionWords.ts";
import { isSame, type JudgedStage, type Judgement, judge, type Said, type StageJudgements } from "./judge.ts";

export interface MeasureOptions {
  /** Bootstrap resamples of the subjects. */
  readonly resamples: number;
  readonly seed: number;
}

/** An item of which it is known what is true and what was said. */
interface Known extends Pick<Judgement, "subjectId"> {
  readonly truth: Said;
  readonly said: Said;
  /** null in the chain, where a stage before decides too. */
  readonly probabilities: readonly number[] | null;
}

/** A class of its own for what a stage does not run on. */
const notPassedOn = "not passed on";

/**
 * A chain on a set of its stages' predictions: each stage given the truth of those before it, each in the chain, where the errors
 * of those before it count, and the chain as a whole; each number with its 95 % interval over subjects.
 *
 * stages: in the order in which they run.
 */
export async function measureChain(
  stages: readonly JudgedStage[],
  { chainId, ...options }: MeasureOptions & { readonly chainId: string },
): Promise<ChainEvaluation> {
  const judged = await judge(stages);
  const { studies, set } = stages[0].predictions;
  return {
    format: "groundglass-chain-evaluation/1",
    groundglassVersion: version,
    chainId,
    set: set === "test" ? "test" : "validation",
    usedForChoosing: set !== "test",
    intervals: { confidence: 0.95, unit: "subject", ...options },
    counts: {
      subjects: new Set(studies.map(({ subjectId }) => subjectId)).size,
      studies: studies.length,
      images: studies.reduce((sum, { slices }) => sum + slices.length, 0),
    },
    stages: stages.map((stage) => {
      const { items, unit } = judgementsOf(judged, stage.name);
      const alone = items.flatMap(({ alone: own, truth, subjectId }): Known[] =>
        own === null || truth === null ? [] : [{ subjectId, truth, ...own }],
      );
      const inChain = items.flatMap(({ subjectId, truth, said }): Known[] =>
        truth === null ? [] : [{ subjectId, truth, said, probabilities: null }],
      );
      const at = { classes: stage.voice.classes, areSeveral: stage.voice.network.labels === "several", unit, options };
      return {
        name: stage.name,
        classes: stage.voice.classes,
        condition: conditionWords(stage),
        unit,
        alone: tablesOf(alone, at),
        inChain: stage.when === null ? null : tablesOf(inChain, at),
      };
    }),
    whole: wholeOf(stages, judged, options),
    notes: notesOf(stages, judged),
  };
}

function judgementsOf(judged: ReadonlyMap<string, StageJudgements>, name: string): StageJudgements {
  const own = judged.get(name);
  if (own === undefined) throw new Error(`No judgements of stage ${name}`);
  return own;
}

interface TableSettings {
  readonly classes: readonly string[];
  readonly areSeveral: boolean;
  readonly unit: "studies" | "images";
  readonly options: MeasureOptions;
}

function tablesOf(items: readonly Known[], { classes, areSeveral, unit, options }: TableSettings): StageTables {
  const accuracy = shareRight(items, options, `no ${unit} with a known truth`);
  if (areSeveral) return { table: null, roc: null, labels: labelRows(items, classes, { unit, options }), accuracy };
  const hasOthers = items.some(({ probabilities }) => probabilities === null);
  const all = hasOthers ? [...classes, notPassedOn] : classes;
  const nameOf = (said: Said) => (typeof said === "string" ? said : (said[0] ?? notPassedOn));
  const columns = toItems(
    all,
    items.map(({ subjectId, truth, said, probabilities }) => ({
      subjectId,
      truth: nameOf(truth),
      predicted: all.indexOf(nameOf(said)),
      probabilities: probabilities ?? all.map((name) => Number(name === nameOf(said))),
    })),
  );
  const resampling = resampleSubjects(columns.subjects, options);
  return {
    table: classTable(columns, resampling, unit),
    roc: hasOthers ? null : rocTable(columns, resampling, unit),
    labels: null,
    accuracy,
  };
}

/** Each label by itself: there or not. What a stage does not run on has none. */
function labelRows(
  items: readonly Known[],
  classes: readonly string[],
  { unit, options }: Pick<TableSettings, "unit" | "options">,
): StageTables["labels"] {
  return classes.map((label, k) => {
    const pair = [label, `no ${label}`];
    const has = (said: Said) => typeof said !== "string" && said.includes(label);
    const columns = toItems(
      pair,
      items.map(({ subjectId, truth, said, probabilities }) => {
        const score = probabilities?.[k] ?? Number(has(said));
        return {
          subjectId,
          truth: pair[has(truth) ? 0 : 1],
          predicted: has(said) ? 0 : 1,
          probabilities: [score, 1 - score],
        };
      }),
    );
    const resampling = resampleSubjects(columns.subjects, options);
    const { sensitivity, specificity, accuracy } = classTable(columns, resampling, unit).rows[0];
    const isScored = items.every(({ probabilities }) => probabilities !== null);
    const auc = isScored ? rocTable(columns, resampling, unit).rows[0].auc : null;
    return { label, sensitivity, specificity, accuracy, auc };
  });
}

/** The share of items that are right; each subject brings all of its own. */
function shareRight(
  items: readonly (
    | Pick<Known, "subjectId" | "truth" | "said">
    | { readonly subjectId: string; readonly isRight: boolean }
  )[],
  options: MeasureOptions,
  absent: string,
): Estimate {
  const numberOf = new Map([...new Set(items.map(({ subjectId }) => subjectId))].map((subject, i) => [subject, i]));
  const [right, all] = [new Float64Array(numberOf.size), new Float64Array(numberOf.size)];
  for (const item of items) {
    const subject = numberOf.get(item.subjectId) ?? 0;
    all[subject] += 1;
    if ("isRight" in item ? item.isRight : isSame(item.truth, item.said)) right[subject] += 1;
  }
  return shareOfSubjects(right, all, { resampling: resampleSubjects(numberOf.size, options), absent });
}

/** An image is right where every stage says what is true of it, of stages with labels of studies the study's. */
function wholeOf(
  stages: readonly ChainLink[],
  judged: ReadonlyMap<string, StageJudgements>,
  options: MeasureOptions,
): ChainEvaluation["whole"] {
  const images = wholeImages(stages, judged);
  const perStudy = new Map<string, { readonly subjectId: string; isRight: boolean }>();
  for (const { name } of stages) {
    const { unit, items } = judgementsOf(judged, name);
    if (unit !== "studies") continue;
    for (const { subjectId, studyUid, truth, said } of items) {
      if (truth === null) continue;
      const before = perStudy.get(studyUid)?.isRight ?? true;
      perStudy.set(studyUid, { subjectId, isRight: before && isSame(truth, said) });
    }
  }
  return {
    images: shareRight(images, options, "no image whose truth is known at every stage"),
    studies: shareRight([...perStudy.values()], options, "no stage has labels of studies"),
    firstErrors: stages.map(({ name }) => ({
      stage: name,
      images: images.filter(({ firstError }) => firstError === name).length,
    })),
  };
}

/** An image of which the truth is known at every stage. */
export interface WholeImage {
  readonly subjectId: string;
  readonly studyUid: string;
  readonly sliceIndex: number;
  readonly isRight: boolean;
  /** The first stage that says something else; null where it is right. */
  readonly firstError: string | null;
}

/** Every image of which the truth is known at every stage, and whether all of them say it. */
export function wholeImages(stages: readonly ChainLink[], judged: ReadonlyMap<string, StageJudgements>): WholeImage[] {
  const keyOf = (studyUid: string, sliceIndex: number | null) => `${studyUid} ${sliceIndex ?? ""}`;
  const byStage = stages.map(({ name }) => {
    const { unit, items } = judgementsOf(judged, name);
    return { name, unit, of: new Map(items.map((item) => [keyOf(item.studyUid, item.sliceIndex), item])) };
  });
  const slices = stages
    .flatMap(({ name }) => judgementsOf(judged, name).items)
    .filter(({ sliceIndex }) => sliceIndex !== null);
  const places = new Map(slices.map((item) => [keyOf(item.studyUid, item.sliceIndex), item]));
  return [...places.values()].flatMap(({ subjectId, studyUid, sliceIndex }) => {
    const said = byStage.map(({ name, unit, of }) => ({
      name,
      item: of.get(keyOf(studyUid, unit === "studies" ? null : sliceIndex)),
    }));
    if (sliceIndex === null || said.some(({ item }) => item === undefined || item.truth === null)) return [];
    const wrong = said.find(({ item }) => item !== undefined && item.truth !== null && !isSame(item.truth, item.said));
    return [{ subjectId, studyUid, sliceIndex, isRight: wrong === undefined, firstError: wrong?.name ?? null }];
  });
}

function notesOf(stages: readonly ChainLink[], judged: ReadonlyMap<string, StageJudgements>): string[] {
  return stages.flatMap(({ name, when }) => {
    const { unseen } = judgementsOf(judged, name);
    if (unseen === 0 || when === null) return [];
    return [
      `${unseen} slices that ${when.stage} passed on are not in the data set of ${name} and count as not reported by it. Prepare it with --all-slices and a recipe that keeps the same slices.`,
    ];
  });
}
