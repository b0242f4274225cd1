import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../base/random.ts";
import { meanOf, softmaxOf } from "../pooling/means.ts";
import type { PredictionSet } from "../predictionSet.ts";
import { applyStudyRule } from "../studyRule.ts";
import { attentionLoss, bagOf, fitAttention } from "./fitAttention.ts";
import { fitCalibration } from "./fitCalibration.ts";
import { type DecisionWish, fitDecision } from "./fitDecision.ts";
import { fitStudyRule } from "./fitStudyRule.ts";
import { fitStudyRules } from "./fitStudyRules.ts";
import type { KnownStudy } from "./knownStudies.ts";
import { subjectFolds } from "./subjectFolds.ts";

const classes = ["COVID-19", "other pneumonia", "normal"];
const options = { classes, seed: 1 };

/** A study whose images all say much the same, with noise. */
function plainStudy(subject: number, random: Random, lean = 1): KnownStudy {
  const truth = subject % 3;
  const own = lean * random.between(0.3, 1.5);
  const rows = Array.from({ length: 8 }, () =>
    softmaxOf(classes.map((_, k) => 0.7 * random.normal() + (k === truth ? own : 0))),
  );
  return { subjectId: `s${subject}`, truth, rows };
}

/** A study whose images all state the probabilities by which its truth was drawn. */
function honestStudy(subject: number, random: Random): KnownStudy {
  const honest = softmaxOf(classes.map(() => 1.5 * random.normal()));
  const draw = random.uniform();
  const truth = draw < honest[0]! ? 0 : draw < honest[0]! + honest[1]! ? 1 : 2;
  return { subjectId: `s${subject}`, truth, rows: Array.from({ length: 5 }, () => honest) };
}

/** A study whose disease shows in one image of twelve; the others look alike in all studies and lean to chance. */
function hiddenStudy(subject: number, random: Random): KnownStudy {
  const truth = subject % 3;
  const lean = random.normal();
  const rows = Array.from({ length: 12 }, (_, i) => {
    if (i === 5 && truth < 2) return softmaxOf([truth === 0 ? 4 : 0, truth === 1 ? 4 : 0, -1]);
    return softmaxOf([0.6 * lean + 0.4 * random.normal(), -0.6 * lean + 0.4 * random.normal(), 1.2]);
  });
  return { subjectId: `s${subject}`, truth, rows };
}

function many(count: number, study: (subject: number, random: Random) => KnownStudy, seed = 7): KnownStudy[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, subject) => study(subject, random));
}

const accuracyOf = (rule: Parameters<typeof applyStudyRule>[0], studies: readonly KnownStudy[]) =>
  studies.filter((one) => applyStudyRule(rule, one.rows).finding === classes[one.truth]).length / studies.length;

describe("subjectFolds", () => {
  const items = Array.from({ length: 34 }, (_, i) => ({ subjectId: `s${i % 17}`, truth: (i % 17) % 3 }));

  it("never fits on a subject that it measures, and measures each item once", () => {
    const folds = subjectFolds(items, 1, 5);
    expect(folds).toHaveLength(5);
    expect(folds.flatMap((fold) => fold.held)).toHaveLength(items.length);
    for (const { fit, held } of folds) {
      const known = new Set(fit.map((item) => item.subjectId));
      expect(held.some((item) => known.has(item.subjectId))).toBe(false);
      expect(new Set(fit.map((item) => item.truth)).size).toBe(3);
    }
  });

  it("has as many folds as the smallest class has subjects, none with fewer than two", () => {
    expect(
      subjectFolds(
        items.filter(({ truth, subjectId }) => truth !== 0 || subjectId < "s3"),
        1,
        5,
      ),
    ).toHaveLength(3);
    expect(
      subjectFolds(
        [
          { subjectId: "a", truth: 0 },
          { subjectId: "b", truth: 1 },
        ],
        1,
        5,
      ),
    ).toEqual([]);
  });
});

describe("fitAttention", () => {
  it("has the derivatives that finite differences give", () => {
    const bags = many(6, hiddenStudy).map(bagOf);
    const random = createRandom(3);
    const size = 4 * 3 + 4 + 4 + 9 + 3;
    const at = Float64Array.from({ length: size }, () => 0.5 * random.normal());
    const settings = { classes: 3, penalty: 0.7 };
    const { gradient } = attentionLoss(at, bags, settings);
    for (let i = 0; i < size; i++) {
      const moved = (step: number) => {
        const there = at.slice();
        there[i] = at[i]! + step;
        return attentionLoss(there, bags, settings).loss;
      };
      expect(gradient[i]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
    }
  });

  it("finds the image that tells, which the mean drowns", () => {
    const [train, test] = [many(60, hiddenStudy), many(90, hiddenStudy, 8)];
    const model = fitAttention(train, { classes: 3, penalty: 0.3, seed: 1 });
    expect(accuracyOf({ kind: "attention", classes, chosenOn: "validation", ...model }, test)).toBeGreaterThan(0.9);
    expect(accuracyOf({ kind: "mean", classes, chosenOn: "preset" }, test)).toBeLessThan(0.6);
  });

  it("gives the same numbers for the same seed", () => {
    const train = many(12, plainStudy);
    const fitted = () => fitStudyRule("attention", train, options);
    expect(fitted()).toEqual(fitted());
  });
});

describe("fitStudyRules", () => {
  const wish = { rule: "auto", threshold: null } as const;

  it("takes attention where the disease shows in few images", () => {
    const fit = fitStudyRules(many(60, hiddenStudy), wish, options)!;
    expect(["attention", "logistic", "topK", "noisyOr"]).toContain(fit.studyRule.kind);
    expect(accuracyOf(fit.studyRule, many(90, hiddenStudy, 8))).toBeGreaterThan(0.85);
    expect(fit.rules.rules.map(({ rule }) => rule.kind)).toHaveLength(7);
    expect(fit.rules.choice).toContain("clearly better than the mean");
  });

  it("stays with the mean where every image states the true probabilities, though a flexible rule fits validation better", () => {
    // Chance makes another rule look clearly better now and then: in 1 of 20 such validation sets.
    const fits = [1, 2, 3, 4].map((seed) => fitStudyRules(many(40, honestStudy, seed), wish, options)!);
    expect(fits.filter(({ studyRule }) => studyRule.kind === "mean").length).toBeGreaterThanOrEqual(3);
    for (const { rules } of fits) {
      const logistic = rules.rules.find(({ rule }) => rule.kind === "logistic")!;
      expect(logistic.validationAccuracy).toBeGreaterThan(logistic.crossValidated!.accuracy);
    }
  });

  it("does not choose by fewer than 20 subjects", () => {
    const fit = fitStudyRules(many(18, hiddenStudy), wish, options)!;
    expect(fit.studyRule.kind).toBe("mean");
    expect(fit.rules.choice).toContain("18 validation subjects are too few");
  });

  it("takes the kind that was asked for, with the user's threshold", () => {
    const studies = many(24, plainStudy);
    expect(fitStudyRules(studies, { rule: "topK", threshold: null }, options)!.studyRule.kind).toBe("topK");
    const fraction = fitStudyRules(studies, { rule: "fraction", threshold: 0.1 }, options)!.studyRule;
    expect(fraction).toEqual({ kind: "fraction", classes, threshold: 0.1, chosenOn: "user" });
  });

  it("has for each study what a rule fitted without its subject says", () => {
    const studies = many(21, plainStudy);
    const { heldOut } = fitStudyRules(studies, { rule: "mean", threshold: null }, options)!;
    expect(new Set(heldOut.map(({ study }) => study))).toEqual(new Set(studies));
    for (const { study, probabilities } of heldOut) expect(probabilities).toEqual(meanOf(study.rows));
    expect(fitStudyRules([], wish, options)).toBeNull();
  });
});

function setOf(studies: readonly KnownStudy[], set: PredictionSet["set"] = "validation"): PredictionSet {
  return {
    format: "groundglass-predictions/1",
    set,
    level: "study",
    classes,
    classifierId: "0123456789ab",
    studies: studies.map(({ subjectId, truth, rows }, i) => ({
      caseId: `case-${i}`,
      studyUid: `2.25.${i}`,
      subjectId,
      truth: classes[truth]!,
      slices: rows.map((probabilities, sliceIndex) => ({ sliceIndex, probabilities, truth: classes[truth]! })),
    })),
  };
}

describe("fitCalibration", () => {
  /** A study of one image whose stated probabilities are the true ones, sharpened by a power. */
  const sharpened = (power: number) => (subject: number, random: Random) => {
    const { rows, ...study } = honestStudy(subject, random);
    return { ...study, rows: [softmaxOf(rows[0]!.map((p) => power * Math.log(p)))] };
  };

  it("finds the power by which probabilities were sharpened", () => {
    const studies = many(3000, sharpened(2.5));
    const heldOut = studies.map((study) => ({ study, probabilities: study.rows[0]! }));
    const { slices, studies: map, notes } = fitCalibration(setOf(studies), heldOut, "temperature");
    for (const one of [slices, map]) {
      expect(one?.kind).toBe("temperature");
      expect(one?.kind === "temperature" && one.temperature).toBeCloseTo(2.5, 0);
    }
    expect(notes).toEqual([]);
  });

  it("gives a temperature where an isotonic curve has too few subjects, and nothing below ten; both with the reason", () => {
    const studies = many(40, sharpened(2));
    const heldOut = studies.map((study) => ({ study, probabilities: study.rows[0]! }));
    const isotonic = fitCalibration(setOf(studies), heldOut, "isotonic");
    expect(isotonic.studies?.kind).toBe("temperature");
    expect(isotonic.notes.join(" ")).toContain("40 validation subjects are too few for isotonic, which needs 300");
    const few = fitCalibration(setOf(studies.slice(0, 9)), heldOut.slice(0, 9), "temperature");
    expect(few).toMatchObject({ slices: null, studies: null });
    expect(few.notes.join(" ")).toContain("9 validation subjects are too few for temperature");
  });
});

describe("fitDecision", () => {
  const wish: DecisionWish = {
    rule: "mean",
    threshold: null,
    calibration: "temperature",
    operatingPoint: null,
    seed: 1,
  };
  const studies = many(30, plainStudy);

  it.each(["test", "train", "external"] as const)("refuses to choose on the %s set", (set) => {
    expect(() => fitDecision(setOf(studies, set), wish)).toThrow(expect.objectContaining({ code: "CHOICE_ON_TEST" }));
  });

  it("chooses an operating point on the calibrated probabilities of studies left out of the fit", () => {
    const criterion = { kind: "sensitivity", atLeast: 1 } as const;
    const { decision } = fitDecision(setOf(studies), { ...wish, operatingPoint: { class: "COVID-19", criterion } });
    expect(decision.operatingPoint).toMatchObject({ chosenOn: "validation", reached: { studies: 30, sensitivity: 1 } });
    expect(decision.calibration).toMatchObject({ fittedOn: { set: "validation", studies: 30, slices: 240 } });
  });

  it("takes the paper's rule where studies have no truth", () => {
    const set = setOf(studies);
    const unknown = { ...set, studies: set.studies.map((study) => ({ ...study, truth: null })) };
    const { decision, rules } = fitDecision(unknown, wish);
    expect(decision.studyRule).toMatchObject({ kind: "fraction", threshold: 0.05, chosenOn: "paper" });
    expect(rules).toBeNull();
  });
});
