import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../base/random.ts";
import { applyStudyRule, type StudyRule } from "../studyRule.ts";
import { attentionOf, attentionPooling, imageLogits } from "./attentionPooling.ts";
import { histogramLogistic, histogramOf } from "./histogramLogistic.ts";
import { topMean } from "./means.ts";
import { noisyOr } from "./noisyOr.ts";

const rows = [
  [0.7, 0.2, 0.1],
  [0.1, 0.1, 0.8],
  [0.3, 0.6, 0.1],
  [0.0, 0.1, 0.9],
];

describe("topMean", () => {
  it("averages the images least like the last class, at least one", () => {
    expect(topMean(rows, 0.5)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.4, 12), expect.closeTo(0.1, 12)]);
    expect(topMean(rows, 0)).toEqual([0.7, 0.2, 0.1]);
    expect(topMean(rows, 1)[2]).toBeCloseTo(1.9 / 4, 12);
  });
});

describe("noisyOr", () => {
  it("is Bayes' rule over absence in every image, with at most one disease", () => {
    const absent = [0, 1].map((k) => rows.reduce((product, row) => product * (1 - 0.5 * row[k]!), 1));
    const joint = [(1 - absent[0]!) * absent[1]!, absent[0]! * (1 - absent[1]!), absent[0]! * absent[1]!];
    const sum = joint[0]! + joint[1]! + joint[2]!;
    for (const [k, p] of noisyOr(rows, 0.5).entries()) expect(p).toBeCloseTo(joint[k]! / sum, 12);
  });

  it("stays finite over thousands of images that are wholly sure, or show nothing", () => {
    expect(noisyOr(Array(5000).fill([1, 0, 0]), 1)[0]).toBeCloseTo(1, 9);
    expect(noisyOr(Array(5000).fill([0, 0, 1]), 1)[2]).toBeCloseTo(1, 12);
  });
});

describe("histogramLogistic", () => {
  it("counts the share of images in each bin, the last one closed", () => {
    expect(
      histogramOf(
        [
          [0, 1],
          [0.5, 0.5],
        ],
        2,
      ),
    ).toEqual([0.5, 0.5, 0, 1]);
  });

  it("is a softmax of the weighted shares", () => {
    const model = {
      bins: 2,
      weights: [
        [2, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      intercepts: [0, 1],
    };
    expect(
      histogramLogistic(
        [
          [0, 1],
          [0.5, 0.5],
        ],
        model,
      )[0],
    ).toBeCloseTo(0.5, 12);
  });
});

describe("attentionPooling", () => {
  const looking = {
    look: [[1, 0, 0]],
    lookBias: [0],
    attend: [2],
    decide: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    decideBias: [0, 0, 0],
  };

  it("without attention is the geometric mean of the images, scaled to sum to 1", () => {
    const two = [
      [0.5, 0.25, 0.25],
      [0.2, 0.4, 0.4],
    ];
    const geometric = [0, 1, 2].map((k) => Math.sqrt(two[0]![k]! * two[1]![k]!));
    const sum = geometric.reduce((a, b) => a + b);
    const pooled = attentionPooling(two, { ...looking, attend: [0] });
    for (const [k, p] of pooled.entries()) expect(p).toBeCloseTo(geometric[k]! / sum, 12);
  });

  it("gives attention by a softmax of tanh", () => {
    const [first, second] = attentionOf([rows[0]!, rows[1]!], looking);
    const scores = [rows[0]!, rows[1]!].map((row) => 2 * Math.tanh(imageLogits(row)[0]!));
    expect(first! / second!).toBeCloseTo(Math.exp(scores[0]! - scores[1]!), 10);
    expect(first! + second!).toBeCloseTo(1, 12);
  });

  it("weighs an image the more, the more it looks like what is looked for", () => {
    const weighed = attentionPooling(rows, looking);
    const even = attentionPooling(rows, { ...looking, attend: [0] });
    expect(weighed[0]).toBeGreaterThan(even[0]!);
  });
});

const head = { classes: ["A", "B", "C"], chosenOn: "validation" } as const;
const rules: StudyRule[] = [
  { kind: "fraction", ...head, threshold: 0.3 },
  { kind: "largerFraction", ...head },
  { kind: "mean", ...head },
  { kind: "topK", ...head, share: 0.3 },
  { kind: "noisyOr", ...head, weight: 0.2 },
  {
    kind: "logistic",
    ...head,
    bins: 2,
    weights: [
      [1, 0, 2, 0, 0, 0],
      [0, 1, 0, 0, 1, 0],
      [0, 0, 0, 3, 0, 0],
    ],
    intercepts: [0, 1, 0],
  },
  {
    kind: "attention",
    ...head,
    look: [[1, 2, 0]],
    lookBias: [0.1],
    attend: [1],
    decide: [
      [1, 0, 1],
      [0, 1, 0],
      [2, 0, 1],
    ],
    decideBias: [0, 0, 1],
  },
];

test.each(rules)("$kind gives probabilities that sum to 1, whatever the order of the images", (rule) => {
  const random = createRandom(4);
  for (let round = 0; round < 50; round++) {
    const study = Array.from({ length: 1 + random.integer(40) }, () => {
      const powers = [random.uniform() ** 3, random.uniform() ** 3, random.uniform() ** 3];
      const sum = powers.reduce((a, b) => a + b);
      return powers.map((power) => power / sum);
    });
    const { probabilities } = applyStudyRule(rule, study);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
    const shuffled = applyStudyRule(rule, random.shuffled(study));
    for (const [k, p] of probabilities.entries()) expect(shuffled.probabilities[k]).toBeCloseTo(p, 9);
  }
});
