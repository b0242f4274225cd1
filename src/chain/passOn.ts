import type { Classifier } from "../classifier/classifier.ts";
import { attentionTo } from "../prediction/predictionSet.ts";
import { type DecidedFinding, studyFinding } from "../prediction/studyFinding.ts";
import { isCalled, mostProbable } from "../prediction/studyRule.ts";
import type { ChainLink, StageCondition } from "./chain.ts";

/** What the network says of a slice. */
export interface SliceWord {
  readonly sliceIndex: number;
  readonly probabilities: readonly number[];
  /** How much its network's head for studies attends to it; absent where it has none. */
  readonly attention?: number | undefined;
}

/** What a stage says of a study. */
export interface StageWord<Slice extends SliceWord = SliceWord> {
  readonly classes: readonly string[];
  readonly found: DecidedFinding;
  /** The slices that it saw: those that were passed on to it and that its own recipe keeps. */
  readonly slices: readonly Slice[];
  /** What each of those is called: one class, or, where an image may show several, all it shows. */
  readonly calls: readonly (readonly string[])[];
}

/** How a stage comes to its word. */
export type StageVoice = Pick<Classifier, "classes" | "network" | "studyRule" | "calibration" | "operatingPoint">;

/** A stage's word on the slices that it saw. @throws InputError NO_LUNG_SLICES if there are none. */
export function wordOf<Slice extends SliceWord>(voice: StageVoice, slices: readonly Slice[]): StageWord<Slice> {
  const { classes } = voice;
  const rows = slices.map(({ probabilities }) => probabilities);
  return {
    classes,
    found: studyFinding(voice, rows, attentionTo(slices)),
    slices,
    calls: rows.map((row) => callsOf(voice, row)),
  };
}

/** What a slice is called: its most probable class, or all that it shows. */
export function callsOf(
  { classes, network }: Pick<StageVoice, "classes" | "network">,
  row: readonly number[],
): string[] {
  if (network.labels === "several") return classes.filter((_, k) => isCalled(row[k]));
  return [classes[mostProbable(row)]];
}

/**
 * The slices of a study that a stage may see, by the word of the stage that decides it; none where the study is not passed on.
 * word: null where that stage saw nothing itself.
 */
export function passedSlices(when: StageCondition, word: StageWord | null): ReadonlySet<number> {
  if (word === null || !isPassed(when, word.found.finding, word.classes)) return new Set();
  const wanted = (calls: readonly string[]) => {
    if (when.slices === "all") return true;
    const classes = when.slices === "carried" ? foundClasses(word) : when.slices;
    return calls.some((name) => classes.includes(name));
  };
  return new Set(word.slices.flatMap(({ sliceIndex }, i) => (wanted(word.calls[i]) ? [sliceIndex] : [])));
}

/** The words of all stages on one study: what each is passed on is asked of `look`. null: nothing was passed on to it. */
export async function runChain<Link extends ChainLink, Slice extends SliceWord>(
  stages: readonly Link[],
  look: (stage: Link, passed: ReadonlySet<number> | "all") => Promise<StageWord<Slice> | null>,
): Promise<Map<string, StageWord<Slice> | null>> {
  const words = new Map<string, StageWord<Slice> | null>();
  for (const stage of stages) {
    const passed = stage.when === null ? "all" : passedSlices(stage.when, words.get(stage.when.stage) ?? null);
    words.set(stage.name, passed !== "all" && passed.size === 0 ? null : await look(stage, passed));
  }
  return words;
}

function isPassed({ finding: wanted }: StageCondition, finding: string, classes: readonly string[]): boolean {
  return wanted === null || namesIn(finding, classes).some((name) => wanted.includes(name));
}

function foundClasses({ found, classes }: StageWord): readonly string[] {
  return namesIn(found.finding, classes);
}

/** The classes in a finding: itself, or, where several may be found, each of them. */
export function namesIn(finding: string, classes: readonly string[]): readonly string[] {
  return classes.includes(finding) ? [finding] : classes.filter((name) => finding.split(" + ").includes(name));
}
