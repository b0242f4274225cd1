import type { ChainStage } from "../chain/chain.ts";
import { conditionWords } from "../chain/conditionWords.ts";
import { runChain, type StageWord, wordOf } from "../chain/passOn.ts";
import { readEightBit } from "../classifier/eightBit.ts";
import { openPredictor } from "../prediction/predictSlices.ts";
import type { Device } from "../runtime/device.ts";
import { type PreparedStudy, prepareStudyImages } from "../slices/prepareStudyImages.ts";
import type { StudyImages } from "../study/volume.ts";
import { describeSlices } from "./diagnosedSlices.ts";
import type { DiagnosedSlice, Diagnosis } from "./diagnosis.ts";
import { explainRule } from "./explainRule.ts";
import { heatOfSlices, type SliceHeat } from "./heatOfSlices.ts";
import { drawKeyPictures, type KeyPicture } from "./keyPictures.ts";
import { chooseKeySlices } from "./keySlices.ts";

type ChainedDiagnosis = NonNullable<Diagnosis["chain"]>;

/** So many slices are shown of each class that a stage called some. */
const shownOfClass = 2;

/** What the further stages of a chain say, and of each that is told the slices that show its classes best, by its name. */
export interface FurtherStages {
  readonly stages: ChainedDiagnosis["stages"];
  readonly pictures: ReadonlyMap<string, KeyPicture[]>;
}

/**
 * What the further stages of a chain say of a study, each on what those before it passed on.
 *
 * first: the slices that the first stage saw; heat: whether to draw heat maps.
 */
export async function diagnoseFurther(
  { stages }: { readonly stages: readonly ChainStage[] },
  images: StudyImages,
  options: {
    readonly first: readonly DiagnosedSlice[];
    readonly heat: boolean;
    readonly threads?: number | undefined;
    readonly int8?: boolean | undefined;
    readonly device?: Device | undefined;
  },
): Promise<FurtherStages> {
  const { first, heat, threads, int8, device } = options;
  const preparedOf = new Map<string, PreparedStudy>();
  const words = await runChain<ChainStage, DiagnosedSlice>(
    stages,
    async ({ name, folder, classifier, onnx: float32 }, passed) => {
      if (passed === "all") return first.length === 0 ? null : wordOf(classifier, first);
      const prepared = await prepareStudyImages(images, classifier.recipe);
      const slices = prepared.slices.filter(({ sliceIndex }) => passed.has(sliceIndex));
      if (slices.length === 0) return null;
      preparedOf.set(name, prepared);
      const onnx = int8 === true ? await readEightBit(folder, classifier) : float32;
      const predictor = await openPredictor(onnx, classifier.recipe, classifier.classes, { threads, device });
      try {
        const seen = await predictor.look(slices.map(({ pixels }) => pixels));
        return wordOf(classifier, describeSlices(slices, seen, classifier.classes.length));
      } finally {
        await predictor.close();
      }
    },
  );
  const described: ChainedDiagnosis["stages"][number][] = [];
  const pictures = new Map<string, KeyPicture[]>();
  for (const stage of stages.slice(1)) {
    const said = describeStage(stage, words.get(stage.name) ?? null, words);
    const prepared = preparedOf.get(stage.name);
    const isTold = prepared !== undefined && stage.report !== "nothing";
    const sought = soughtIn(said);
    const heats = isTold && heat ? await heatOfSought(stage, sought, { images, prepared, threads }) : null;
    described.push({
      ...said,
      heat:
        heats?.map(({ sliceIndex, hottestMm, shareInLungs }, i) => {
          return { class: sought[i].class, sliceIndex, hottestMm, shareInLungs };
        }) ?? null,
    });
    if (isTold) {
      const shown = sought.map(({ sliceIndex }) => sliceIndex);
      pictures.set(stage.name, drawKeyPictures(images, prepared.mask, shown, heats ?? []));
    }
  }
  return { stages: described, pictures };
}

/** Each key slice once, with the most probable of the classes that it is shown for. */
function soughtIn({ keySlices, slices, classes }: ChainedDiagnosis["stages"][number]): typeof keySlices {
  const probability = (key: (typeof keySlices)[number]) =>
    slices.find(({ sliceIndex }) => sliceIndex === key.sliceIndex)?.probabilities[classes.indexOf(key.class)] ?? 0;
  const ranked = [...keySlices].sort((a, b) => probability(b) - probability(a));
  return ranked.filter((key, i) => ranked.findIndex(({ sliceIndex }) => sliceIndex === key.sliceIndex) === i);
}

function heatOfSought(
  stage: ChainStage,
  sought: ReturnType<typeof soughtIn>,
  study: {
    readonly images: StudyImages;
    readonly prepared: PreparedStudy;
    readonly threads: number | undefined;
  },
): Promise<SliceHeat[] | null> {
  const { images, prepared, threads } = study;
  const { classes } = stage.classifier;
  const slices = sought.flatMap((key) => prepared.slices.find(({ sliceIndex }) => sliceIndex === key.sliceIndex) ?? []);
  const classIndices = sought.map((key) => classes.indexOf(key.class));
  return heatOfSlices(stage, slices, { images, mask: prepared.mask, classIndices }, { threads });
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
    const nothing = { probabilities: [], isCalibrated: false, fractions: [], slices: [], keySlices: [], heat: null };
    return { ...head, isReached: false, finding: null, explanation, ...nothing };
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
    heat: null,
  };
}
