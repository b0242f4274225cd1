// Which study rule wins, and whether calibrating helps: node scripts/studyRules.ts PREDICTIONS… [--repeats N] [--validation 15,30,60]
// Each file holds predictions of subjects that the network never saw. Again and again, some of the subjects play validation:
// every rule is fitted on them, auto chooses among the rules, and all are measured on the other subjects.
import { parseArgs } from "node:util";
import { createRandom } from "../src/base/random.ts";
import { calibrate } from "../src/prediction/calibration.ts";
import { fitDecision } from "../src/prediction/fitting/fitDecision.ts";
import { type KnownStudy, knownStudies } from "../src/prediction/fitting/knownStudies.ts";
import { readPredictionSet } from "../src/prediction/predictionSet.ts";
import { applyStudyRule, paperStudyRule, type StudyRule } from "../src/prediction/studyRule.ts";
import { calibrationError } from "../src/statistics/reliability.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: "string", default: "50" },
    validation: { type: "string", default: "15,30,60" },
    seed: { type: "string", default: "1" },
  },
});

type Stated = readonly { readonly probabilities: readonly number[]; readonly truth: number }[];

const wish = { rule: "auto", threshold: null, calibration: "temperature", operatingPoint: null } as const;

for (const path of positionals) {
  const set = await readPredictionSet(path);
  const { studies, classes } = set;
  const subjects = [...new Set(studies.map((study) => study.subjectId))].sort();
  for (const size of values.validation.split(",").map(Number)) {
    const accuracies = new Map<string, number[]>();
    const calibrations = new Map<string, number[]>();
    const chosen = new Map<string, number>();
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      const random = createRandom(values.seed).fork(`${size} ${repeat}`);
      const fitting = new Set(random.shuffled(subjects).slice(0, size));
      const validation = studies.filter((study) => fitting.has(study.subjectId));
      const { decision, rules } = fitDecision(
        { ...set, set: "validation", studies: validation },
        { ...wish, seed: repeat },
      );
      if (rules === null) throw new Error(`${path} has no study with a truth`);
      const others = knownStudies(
        studies.filter((study) => !fitting.has(study.subjectId)),
        classes,
      );
      add(accuracies, "fraction 5 %", accuracyOf(paperStudyRule(classes), others, classes));
      for (const { rule } of rules.rules) add(accuracies, rule.kind, accuracyOf(rule, others, classes));
      add(accuracies, "auto", accuracyOf(decision.studyRule, others, classes));
      const stated = others.map(({ rows, truth }) => {
        const { probabilities } = applyStudyRule(decision.studyRule, rows);
        return { probabilities, truth };
      });
      const map = decision.calibration?.studies ?? null;
      const calibrated = stated.map((one) => ({ ...one, probabilities: calibrate(map, one.probabilities) }));
      add(calibrations, "log loss before", logLossOf(stated));
      add(calibrations, "log loss after", logLossOf(calibrated));
      add(calibrations, "ECE before", errorOf(stated));
      add(calibrations, "ECE after", errorOf(calibrated));
      chosen.set(rules.chosen, (chosen.get(rules.chosen) ?? 0) + 1);
    }
    console.log(`\n${path}: ${size} of ${subjects.length} subjects as validation, ${values.repeats} times`);
    console.log("rule              accuracy on the others (SD over repeats)   minus auto ± its standard error");
    const auto = accuracies.get("auto") ?? [];
    for (const [name, list] of accuracies) {
      const difference = list.map((value, i) => value - auto[i]);
      const error = deviation(difference) / Math.sqrt(difference.length);
      const shown = `${percent(mean(list)).padStart(8)} (${percent(deviation(list))})`;
      console.log(`${name.padEnd(18)}${shown.padEnd(43)}${percent(mean(difference))} ± ${percent(error)}`);
    }
    console.log(`auto chose ${[...chosen].map(([kind, times]) => `${kind} ${times} ×`).join(", ")}`);
    console.log(
      `temperature on auto: ${[...calibrations].map(([name, list]) => `${name} ${mean(list).toFixed(3)}`).join(", ")}`,
    );
  }
}

function accuracyOf(rule: StudyRule, studies: readonly KnownStudy[], classes: readonly string[]): number {
  return mean(studies.map(({ rows, truth }) => (applyStudyRule(rule, rows).finding === classes[truth] ? 1 : 0)));
}

function logLossOf(stated: Stated): number {
  return mean(stated.map(({ probabilities, truth }) => -Math.log(Math.max(probabilities[truth], 1e-6))));
}

/** The expected calibration error over all classes. */
function errorOf(stated: Stated): number {
  return calibrationError(
    stated.flatMap((one) => one.probabilities),
    stated.flatMap(({ probabilities, truth }) => probabilities.map((_, k) => (k === truth ? 1 : 0))),
  );
}

function add(table: Map<string, number[]>, name: string, value: number): void {
  const list = table.get(name) ?? [];
  table.set(name, list);
  list.push(value);
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

function deviation(list: readonly number[]): number {
  const middle = mean(list);
  return Math.sqrt(list.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, list.length - 1));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
