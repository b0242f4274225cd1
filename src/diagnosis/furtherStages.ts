import type { Chain, ChainStage } from "../chain/chain.ts";
import { conditionWords } from "../chain/conditionWords.ts";
import { runChain, type StageWord, wordOf } from "../chain/passOn.ts";
import { readEightBit } from "../classifier/eightBit.ts";
import { openPredictor } from "../prediction/predictSlices.ts";
import { prepareStudyImages } from "../slices/prepareStudyImages.ts";
import type { StudyImages } from "../study/volume.ts";
import { describeSlices } from "./diagnosedSlices.ts";
import type { DiagnosedSlice, Diagnosis } from "./diagnosis.ts";
import { explainRule } from "./explainRule.ts";
import { chooseKeySlices } from "./keySlices.ts";

type ChainedDiagnosis = NonNullable<Diagnosis["chain"]>;

/** So many slices are shown of each class that a stage called some. */
const shownOfClass = 2;

/**
 * What the further stages of a chain say of a study, each on what those before it passed on.
 *
 * first: the slices that the first stage saw.
 */
export async function diagnoseFurther(
  { chain, stages }: { readonly chain: Chain; readonly stages: readonly ChainStage[] },
  images: StudyImages,
  options: {
    readonly first: readonly DiagnosedSlice[];
    readonly threads?: number | undefined;
    readonly int8?: boolean | undefined;
  },
): Promise<ChainedDiagnosis> {
  const { first, threads, int8 } = options;
  const words = await runChain<ChainStage, DiagnosedSlice>(
    stages,
    async ({ folder, classifier, onnx: float32 }, passed) => {
      if (passed === "all") return first.length === 0 ? null : wordOf(classifier, first);
      const prepared = await prepareStudyImages(images, classifier.recipe);
      const slices = prepared.slices.filter(({ sliceIndex }) => passed.has(sliceIndex));
      if (slices.length === 0) return null;
      const onnx = int8 === true ? await readEightBit(folder, classifier) : float32;
      const predictor = await openPredictor(onnx, classifier.recipe, classifier.classes, { threads });
      try {
        const seen = await predictor.look(slices.map(({ pixels }) => pixels));
        return wordOf(classifier, describeSlices(slices, seen, classifier.classes.length));
      } finally {
        await predictor.close();
      }
    },
  );
  return {
    chainId: chain.chainId,
    stages: stages.slice(1).map((stage) => describeStage(stage, words.get(stage.name) ?? null, words)),
  };
}

function describeStage(
  stage: ChainStage,
  word: StageWord<DiagnosedSlice> | null,
  words: ReadonlyMap<string, StageWord<DiagnosedSlice> | null>,
): ChainedDiagnosis["stages"][number] {
  const { name, report, classifier, when } = stage;
  const { classes, network, classifierId } = classifier;
  const head = {
    name,
    classifierId,
    network: network.name,
    classes,
    labels: network.labels ?? null,
    condition: conditionWords(stage),
    report,
  };
  if (word === null) {
    const before = when === null ? null : (words.get(when.stage) ?? null);
    const explanation =
      before === null
        ? `${when?.stage} saw nothing itself, so nothing was passed on.`
        : `${when?.stage} found ${before.found.finding}; no slice was passed on.`;
    const nothing = { finding: null, probabilities: [], isCalibrated: false, fractions: [], slices: [], keySlices: [] };
    return { ...head, isReached: false, explanation, ...nothing };
  }
  const { found, slices, calls } = word;
  return {
    ...head,
    isReached: true,
    finding: found.finding,
    explanation: explainRule(classifier, found, slices),
    probabilities: found.probabilities,
    isCalibrated: found.isCalibrated,
    fractions: classes.map((one) => calls.filter((called) => called.includes(one)).length / slices.length),
    slices: [...slices],
    keySlices: classes.flatMap((one, k) => {
      const own = slices.filter((_, i) => calls[i].includes(one));
      return chooseKeySlices(own, k, shownOfClass).map(({ sliceIndex }) => ({ class: one, sliceIndex }));
    }),
  };
}
