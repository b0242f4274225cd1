// Which study rule wins, and whether calibrating helps: node scripts/studyRules.ts PREDICTIONS… [--repeats N] [--validation 15,30,60]
// Each file holds predictions of subjects that the network never saw. Again and again, some of the subjects play validation:
// every rule is fitted on them, auto chooses among the rules, and all are measured on the other subjects.
import { parseArgs } from "node:util";
import { createRandom } from "../src/base/random.ts";
import { fitStudyRules } from "../src/prediction/fitting/fitStudyRules.ts";
import { type KnownStudy, knownStudies } from "../src/prediction/fitting/knownStudies.ts";
import { readPredictionSet } from "../src/prediction/predictionSet.ts";
import { applyStudyRule, paperStudyRule, type StudyRule } from "../src/prediction/studyRule.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: "string", default: "50" },
    validation: { type: "string", default: "15,30,60" },
    seed: { type: "string", default: "1" },
  },
});

interface Scores {
  readonly accuracy: number[];
  readonly logLoss: number[];
}

for (const path of positionals) {
  const { studies, classes } = await readPredictionSet(path);
  const known = knownStudies(studies, classes);
  const subjects = [...new Set(known.map((study) => study.subjectId))].sort();
  for (const size of values.validation.split(",").map(Number)) {
    const table = new Map<string, Scores>();
    const chosen = new Map<string, number>();
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      const random = createRandom(values.seed).fork(`${size} ${repeat}`);
      const validation = new Set(random.shuffled(subjects).slice(0, size));
      const fit = fitStudyRules(
        known.filter((study) => validation.has(study.subjectId)),
        { rule: "auto", threshold: null },
        { classes, seed: repeat },
      );
      if (fit === null) throw new Error(`${path} has no study with a truth`);
      const others = known.filter((study) => !validation.has(study.subjectId));
      const score = (name: string, rule: StudyRule) => add(table, name, measure(rule, others, classes));
      score("fraction 5 %", paperStudyRule(classes));
      for (const { rule } of fit.rules.rules) score(rule.kind, rule);
      score("auto", fit.studyRule);
      chosen.set(fit.rules.chosen, (chosen.get(fit.rules.chosen) ?? 0) + 1);
    }
    console.log(`\n${path}: ${size} of ${subjects.length} subjects as validation, ${values.repeats} times`);
    console.log("rule              accuracy on the others (SD over repeats)   log loss   against auto");
    const auto = table.get("auto");
    for (const [name, { accuracy, logLoss }] of table) {
      const difference = accuracy.map((value, i) => value - (auto?.accuracy[i] ?? Number.NaN));
      console.log(
        `${name.padEnd(18)}${percent(mean(accuracy)).padStart(8)} (${percent(deviation(accuracy))})`.padEnd(61) +
          `${mean(logLoss).toFixed(3)}      ${percent(mean(difference))} ± ${percent(deviation(difference) / Math.sqrt(difference.length))}`,
      );
    }
    console.log(`auto chose ${[...chosen].map(([kind, times]) => `${kind} ${times} ×`).join(", ")}`);
  }
}

function measure(rule: StudyRule, studies: readonly KnownStudy[], classes: readonly string[]) {
  const found = studies.map((study) => ({ ...applyStudyRule(rule, study.rows), truth: study.truth }));
  return {
    accuracy: mean(found.map(({ finding, truth }) => (finding === classes[truth] ? 1 : 0))),
    logLoss: mean(found.map(({ probabilities, truth }) => -Math.log(Math.max(probabilities[truth], 1e-6)))),
  };
}

function add(table: Map<string, Scores>, name: string, { accuracy, logLoss }: { accuracy: number; logLoss: number }) {
  const scores = table.get(name) ?? { accuracy: [], logLoss: [] };
  table.set(name, scores);
  scores.accuracy.push(accuracy);
  scores.logLoss.push(logLoss);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
