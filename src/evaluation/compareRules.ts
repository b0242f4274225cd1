import type { PredictionSet } from "../prediction/predictionSet.ts";
import { applyStudyRule } from "../prediction/studyRule.ts";
import type { StudyRules } from "../prediction/studyRules.ts";
import { shareOfSubjects } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { adjustAll } from "./adjustAll.ts";
import { compareAccuracy } from "./compareAccuracy.ts";
import { classShares, countsOfSubjects, overallShare, shareOfEach } from "./confusion.ts";
import { countedStudies, type Items, toItems } from "./items.ts";
import { testPaired } from "./pairedTest.ts";
import type { RuleComparison } from "./ruleComparison.ts";

/**
 * Every study rule that was fitted on validation, on these studies, each compared with the chosen one over the same studies;
 * Holm's correction over the comparisons. Nothing is chosen by it.
 */
export function compareRules(set: PredictionSet, fitted: StudyRules, resampling: Resampling): RuleComparison {
  const calls = fitted.rules.map(({ rule }) => itemsUnder(set, rule));
  const chosenAt = fitted.rules.findIndex(({ rule }) => rule.kind === fitted.chosen);
  const chosen = calls[chosenAt];
  const tests = calls.map((items, i) => (i === chosenAt || chosen === undefined ? null : testPaired(items, chosen)));
  const adjusted = adjustAll(tests.map((test) => test?.p ?? null));
  return {
    chosen: fitted.chosen,
    choice: fitted.choice,
    rows: fitted.rules.map(({ rule, validationAccuracy, crossValidated }, i) => {
      const test = tests[i];
      return {
        rule,
        isChosen: i === chosenAt,
        validationAccuracy,
        crossValidatedAccuracy: crossValidated?.accuracy ?? null,
        ...firstClassShares(calls[i], resampling),
        difference: test === null ? null : compareAccuracy(calls[i], chosen, resampling),
        test: test === null ? null : { ...test, adjustedP: adjusted[i] },
      };
    }),
  };
}

function itemsUnder(set: PredictionSet, rule: StudyRules["rules"][number]["rule"]): Items {
  const rows = countedStudies(set).map(({ subjectId, truth, slices }) => {
    const found = applyStudyRule(
      rule,
      slices.map((slice) => slice.probabilities),
    );
    return { subjectId, truth, probabilities: found.probabilities, predicted: set.classes.indexOf(found.finding) };
  });
  return toItems(set.classes, rows);
}

/** Overall accuracy, and sensitivity and specificity of the class decided first. */
export function firstClassShares(items: Items, resampling: Resampling) {
  const { classes } = items;
  const counts = countsOfSubjects(items);
  const [sensitivity, specificity, accuracy] = classShares(classes, 0, "studies");
  const [overall, first, rest, right] = [overallShare(classes, "studies"), sensitivity, specificity, accuracy].map(
    (share) => {
      const { numerators, denominators } = shareOfEach(share, counts, classes.length);
      return shareOfSubjects(numerators, denominators, { resampling, absent: share.absent });
    },
  );
  return { overallAccuracy: overall, sensitivity: first, specificity: rest, accuracy: right };
}
