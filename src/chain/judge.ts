import type { PredictionSet, StudyPrediction } from "../prediction/predictionSet.ts";
import type { ChainLink } from "./chain.ts";
import { callsOf, namesIn, runChain, type StageVoice, type StageWord, wordOf } from "./passOn.ts";

/** A stage with what its network said of every slice of a set. */
export interface JudgedStage extends ChainLink {
  readonly voice: StageVoice;
  readonly predictions: PredictionSet;
}

/** What is true or said of an item at a stage: its classes; "not passed on": the stage does not run on it. */
export type Said = readonly string[] | "not passed on";

/** A study, or one of its slices, at one stage. */
export interface Judgement {
  readonly subjectId: string;
  readonly studyUid: string;
  /** null: of the study as a whole. */
  readonly sliceIndex: number | null;
  /** null where it is not known. */
  readonly truth: Said | null;
  /** In the chain: after what the stages before it passed on. */
  readonly said: Said;
  /** Given the truth of the stages before it: what the stage says of it where it should run; null where it should not. */
  readonly alone: { readonly said: readonly string[]; readonly probabilities: readonly number[] } | null;
}

/** All items of a stage. */
export interface StageJudgements {
  readonly unit: "studies" | "images";
  readonly items: readonly Judgement[];
  /** Slices that were passed on to it and that its predictions do not hold. */
  readonly unseen: number;
}

/**
 * What every stage says and should say of every study and slice of a set, by the stages' predictions, which are joined by the
 * studies' UIDs and the slices' indices. Studies are those of the first stage.
 */
export async function judge(stages: readonly JudgedStage[]): Promise<Map<string, StageJudgements>> {
  const first = stages[0];
  const predicted = new Map(
    stages.map(({ name, predictions }) => [name, new Map(predictions.studies.map((study) => [study.studyUid, study]))]),
  );
  const judged = new Map(
    stages.map(({ name, predictions }) => [
      name,
      {
        unit: predictions.level === "study" ? ("studies" as const) : ("images" as const),
        items: [] as Judgement[],
        unseen: 0,
      },
    ]),
  );
  for (const study of first.predictions.studies) {
    const all = new Map(stages.map(({ name }) => [name, predicted.get(name)?.get(study.studyUid) ?? null]));
    const words = await runChain(stages, async ({ name, voice }, passed) => {
      const slices = all.get(name)?.slices ?? [];
      const seen = passed === "all" ? slices : slices.filter(({ sliceIndex }) => passed.has(sliceIndex));
      const own = judged.get(name);
      if (own !== undefined && passed !== "all") own.unseen += passed.size - seen.length;
      return seen.length === 0 ? null : wordOf(voice, seen);
    });
    const truths = truthsOf(stages, all);
    for (const stage of stages) {
      const own = judged.get(stage.name);
      const items = itemsOf(stage, { study, all, word: words.get(stage.name) ?? null, truths });
      own?.items.push(...items);
    }
  }
  return judged;
}

type TruthAt = (stage: string, sliceIndex: number | null) => Said | null;

/** What is true at every stage, as far as the labels tell. */
function truthsOf(stages: readonly JudgedStage[], all: ReadonlyMap<string, StudyPrediction | null>): TruthAt {
  const linkOf = new Map(stages.map((stage) => [stage.name, stage]));
  /** The labels themselves, whether the stage should run or not. */
  const labelsAt: TruthAt = (name, sliceIndex) => {
    const study = all.get(name);
    if (study === null || study === undefined) return null;
    if (study.truth !== null) return [study.truth];
    const slice = study.slices.find((one) => one.sliceIndex === sliceIndex);
    if (slice === undefined) return null;
    return slice.truths ?? (slice.truth === null ? null : [slice.truth]);
  };
  /** Whether it should run on the item; null where the labels do not tell. */
  const isDue = (name: string, sliceIndex: number | null): boolean | null => {
    const when = linkOf.get(name)?.when ?? null;
    if (when === null) return true;
    const before = isDue(when.stage, sliceIndex);
    if (before === false) return false;
    const ofStudy = all.get(when.stage)?.truth ?? null;
    if (ofStudy !== null && when.finding !== null && !when.finding.includes(ofStudy)) return false;
    if (ofStudy === null && typeof when.slices !== "string") {
      const shown = labelsAt(when.stage, sliceIndex);
      if (shown !== null) return typeof shown !== "string" && shown.some((label) => when.slices.includes(label));
    }
    // Which slices carry a study's label is not known; one that has a label at this stage is meant to be looked at.
    if (labelsAt(name, sliceIndex) !== null) return true;
    return when.slices === "all" && ofStudy !== null ? before : null;
  };
  return (name, sliceIndex) => {
    const due = isDue(name, sliceIndex);
    if (due === false) return "not passed on";
    return due === null ? null : labelsAt(name, sliceIndex);
  };
}

function itemsOf(
  { name, voice, predictions }: JudgedStage,
  of: {
    readonly study: StudyPrediction;
    readonly all: ReadonlyMap<string, StudyPrediction | null>;
    readonly word: StageWord | null;
    readonly truths: TruthAt;
  },
): Judgement[] {
  const { study, all, word, truths } = of;
  const { subjectId, studyUid } = study;
  const own = all.get(name) ?? null;
  if (predictions.level === "study") {
    const truth = truths(name, null);
    const isDue = truth !== null && truth !== "not passed on";
    const alone = isDue && own !== null && own.slices.length > 0 ? wordOf(voice, own.slices).found : null;
    const found = (finding: string) => namesIn(finding, voice.classes);
    return [
      {
        subjectId,
        studyUid,
        sliceIndex: null,
        truth,
        said: word === null ? "not passed on" : found(word.found.finding),
        alone: alone && { said: found(alone.finding), probabilities: alone.probabilities },
      },
    ];
  }
  const rows = new Map(own?.slices.map((slice) => [slice.sliceIndex, slice.probabilities]) ?? []);
  const said = new Map(word?.slices.map(({ sliceIndex }, i) => [sliceIndex, word.calls[i]]) ?? []);
  return study.slices.map(({ sliceIndex }) => {
    const truth = truths(name, sliceIndex);
    const row = rows.get(sliceIndex);
    const isDue = truth !== null && truth !== "not passed on" && row !== undefined;
    return {
      subjectId,
      studyUid,
      sliceIndex,
      truth,
      said: said.get(sliceIndex) ?? "not passed on",
      alone: isDue ? { said: callsOf(voice, row), probabilities: row } : null,
    };
  });
}

/** Whether what is said is what is true, in any order. */
export function isSame(a: Said, b: Said): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.length === b.length && a.every((name) => b.includes(name));
}
