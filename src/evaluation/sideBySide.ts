import { InputError } from "../base/errors.ts";
import { mostProbable } from "../prediction/studyRule.ts";
import type { ComparedNetwork } from "./compareNetworks.ts";
import type { SideBySide } from "./comparison.ts";

/** An image by its case (or the first signs of its id) and its slice. */
export interface SliceName {
  readonly caseId: string;
  readonly sliceIndex: number;
}

const mostShown = 8;

/**
 * What each network says of the same images: of those asked for, or of the hardest, to whose truth the networks together give
 * the least probability, one of each subject (the paper's Fig. 5).
 * @throws InputError SLICE_NOT_TESTED if an image that is asked for was not in the test set of every network.
 */
export function chooseSideBySide(networks: readonly ComparedNetwork[], asked?: readonly SliceName[]): SideBySide[] {
  const common = commonImages(networks);
  if (asked !== undefined) return asked.map((name) => findImage(common, name));
  const { classes } = networks[0].runs[0].test;
  const ease = (image: SideBySide) =>
    image.calls.reduce((sum, call) => sum + call.probabilities[classes.indexOf(image.truth)], 0) / image.calls.length;
  const hardest = common.map((image) => ({ image, ease: ease(image) })).sort((a, b) => a.ease - b.ease);
  const subjects = new Set<string>();
  const shown: SideBySide[] = [];
  for (const { image } of hardest) {
    if (shown.length === mostShown) break;
    if (subjects.has(image.subjectId)) continue;
    subjects.add(image.subjectId);
    shown.push(image);
  }
  return shown;
}

function commonImages(networks: readonly ComparedNetwork[]): SideBySide[] {
  const { classes } = networks[0].runs[0].test;
  const images = networks.map(({ runs }) => {
    const own = new Map<string, Omit<SideBySide, "calls"> & { probabilities: readonly number[] }>();
    for (const { caseId, studyUid, subjectId, slices } of runs.flatMap(({ test }) => test.studies)) {
      for (const { sliceIndex, truth, probabilities } of slices) {
        const key = `${caseId} ${sliceIndex}`;
        if (truth !== null && !own.has(key))
          own.set(key, { caseId, studyUid, subjectId, sliceIndex, truth, probabilities });
      }
    }
    return own;
  });
  return [...images[0]].flatMap(([key, { probabilities: _, ...image }]) => {
    const calls = images.flatMap((own, i) => {
      const found = own.get(key);
      if (found === undefined) return [];
      const { probabilities } = found;
      const predicted = classes[mostProbable(probabilities)];
      return [{ network: networks[i].network, predicted, probabilities: [...probabilities] }];
    });
    return calls.length === networks.length ? [{ ...image, calls }] : [];
  });
}

function findImage(images: readonly SideBySide[], { caseId, sliceIndex }: SliceName): SideBySide {
  const found = images.find((image) => image.caseId.startsWith(caseId) && image.sliceIndex === sliceIndex);
  if (found !== undefined) return found;
  throw new InputError(
    "SLICE_NOT_TESTED",
    `No image ${caseId}:${sliceIndex} is in the test set of every network. Name one as caseId:sliceIndex, as in RUN/predictions/test.json.`,
  );
}
