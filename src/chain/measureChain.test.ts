import { describe, expect, it } from "vitest";
import type { PredictionSet, SlicePrediction } from "../prediction/predictionSet.ts";
import type { JudgedStage } from "./judge.ts";
import { measureChain } from "./measureChain.ts";

const options = { chainId: "made", resamples: 100, seed: 1 };

function slice(sliceIndex: number, first: number, truth: string | null = null): SlicePrediction {
  return { sliceIndex, probabilities: [first, 1 - first], truth };
}

function stage(
  name: string,
  classes: readonly string[],
  {
    level,
    studies,
  }: { level: "study" | "slice"; studies: readonly (readonly [truth: string | null, SlicePrediction[]])[] },
): JudgedStage {
  const predictions: PredictionSet = {
    format: "groundglass-predictions/1",
    set: "test",
    level,
    classes,
    classifierId: name,
    studies: studies.map(([truth, slices], i) => ({
      caseId: `case-${i}`,
      studyUid: `1.${i}`,
      subjectId: `s${i}`,
      truth,
      slices,
    })),
  };
  const voice = {
    classes,
    network: { name: "resnet18", classes: classes.length } as const,
    studyRule: { kind: "fraction", classes, threshold: 0.3, chosenOn: "paper" } as const,
    calibration: null,
    operatingPoint: null,
  };
  const when = level === "study" ? null : ({ stage: "kind", finding: ["disease"], slices: "carried" } as const);
  return { name, when, report: "slices", voice, predictions };
}

/** Of each slice, how probable the first class is: of a diseased study found so, of a normal one found ill, of a missed one. */
const kind = stage("kind", ["disease", "normal"], {
  level: "study",
  studies: [
    ["disease", [slice(0, 0.9), slice(1, 0.2), slice(2, 0.8)]],
    ["normal", [slice(0, 0.9), slice(1, 0.1)]],
    ["disease", [slice(0, 0.1)]],
  ],
});
const signs = stage("signs", ["opacity", "streaks"], {
  level: "slice",
  studies: [
    [null, [slice(0, 0.9, "opacity"), slice(1, 0.2, "streaks"), slice(2, 0.5)]],
    [null, [slice(0, 0.7), slice(1, 0.7)]],
    [null, [slice(0, 0.4, "opacity")]],
  ],
});

describe("measureChain", () => {
  it("gives a stage the truth of the one before, or lets its errors count", async () => {
    const { stages, whole, counts } = await measureChain([kind, signs], options);
    expect(counts).toEqual({ subjects: 3, studies: 3, images: 6 });
    const [first, second] = stages;
    expect(first).toMatchObject({
      unit: "studies",
      inChain: null,
      alone: { accuracy: { numerator: 1, denominator: 3 } },
    });
    // Alone: the three labelled slices of diseased studies, of which the missed study's is called streaks.
    expect(second?.alone.accuracy).toMatchObject({ numerator: 2, denominator: 3 });
    // In the chain: of those three one is passed on and right; of the two of the normal study one is kept from it.
    expect(second?.inChain?.accuracy).toMatchObject({ numerator: 2, denominator: 5 });
    expect(second?.inChain?.table?.confusion).toEqual([
      [1, 0, 1],
      [0, 0, 1],
      [1, 0, 1],
    ]);
    // The whole: only the first slice is right at both stages.
    expect(whole.images).toMatchObject({ numerator: 1, denominator: 5, subjects: 3 });
    expect(whole.studies).toMatchObject({ numerator: 1, denominator: 3 });
    expect(whole.firstErrors).toEqual([
      { stage: "kind", images: 3 },
      { stage: "signs", images: 1 },
    ]);
  });

  it("says how many slices were passed on that a stage's data set does not hold", async () => {
    const fewer = { ...signs.predictions, studies: signs.predictions.studies.slice(0, 1) };
    const { notes } = await measureChain([kind, { ...signs, predictions: fewer }], options);
    expect(notes).toEqual([expect.stringMatching(/^1 slices that kind passed on .* --all-slices/)]);
  });

  it("counts a slice of several labels as right only if all are", async () => {
    const classes = ["opacity", "streaks"];
    const several: JudgedStage = {
      ...signs,
      when: null,
      voice: { ...signs.voice, network: { ...signs.voice.network, labels: "several" } },
      predictions: {
        ...signs.predictions,
        labels: "several",
        studies: signs.predictions.studies.slice(0, 2).map((study, i) => ({
          ...study,
          slices: [
            { sliceIndex: 0, probabilities: [0.9, i === 0 ? 0.8 : 0.3], truth: null, truths: classes },
            { sliceIndex: 1, probabilities: [0.1, 0.2], truth: null, truths: [] },
          ],
        })),
      },
    };
    const { stages } = await measureChain([several], options);
    expect(stages[0]?.alone.accuracy).toMatchObject({ numerator: 3, denominator: 4 });
    expect(stages[0]?.alone.labels?.map(({ sensitivity }) => sensitivity.value)).toEqual([1, 0.5]);
    expect(stages[0]?.alone.labels?.map(({ specificity }) => specificity.value)).toEqual([1, 1]);
    expect(stages[0]?.alone.labels?.map(({ auc }) => auc?.value)).toEqual([1, 1]);
  });
});
