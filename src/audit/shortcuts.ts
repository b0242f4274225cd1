import { createRandom } from "../base/random.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { holm } from "../statistics/holm.ts";
import { type Prediction, testAttribute, type Values } from "./attributeTest.ts";
import type { Finding, ShortcutTest } from "./audit.ts";
import { attributeInWords, difference } from "./auditWords.ts";
import type { LabelledItems } from "./labelledItems.ts";
import { outsideWidth } from "./outsideFeatures.ts";
import { testFeatures } from "./ridgeTest.ts";

/** Corrected p values below this, with an area above leastArea, make a finding. docs/audit.md has the false alarms. */
export const significant = 0.02;
export const leastArea = 0.6;
/** From here on a network could live off the shortcut alone. */
export const seriousArea = 0.7;
/** With fewer subjects no p value can be small. */
export const fewestSubjects = 12;

/** Attributes that speak of the disease itself, and are meant to predict it. */
const ofDisease: ReadonlySet<string> = new Set(["lungsMl", "meanLungHu"]);
const ofPerson: ReadonlySet<string> = new Set(["sex", "ageYears", "age", "gender"]);

interface Tested {
  readonly attribute: string;
  readonly kind: ShortcutTest["kind"];
  readonly prediction: Prediction;
  readonly values: Values | null;
}

/**
 * Everything that should not matter, by how well it predicts the label: the attributes of the studies, the columns of the label
 * file, what lies outside the lungs. The best first.
 *
 * outside: [items, outsideWidth], null where nothing outside the lungs is left to see.
 */
export function findShortcuts(
  dataset: Pick<Dataset, "cases">,
  items: LabelledItems,
  options: { readonly outside: Float64Array | null; readonly seed: number; readonly tell?: (share: number) => void },
): { readonly tests: ShortcutTest[]; readonly findings: Finding[] } {
  const { outside, seed, tell = () => {} } = options;
  const random = createRandom(seed).fork("audit");
  const candidates = candidatesOf(dataset, items);
  const tested: Tested[] = [];
  for (const [done, { attribute, kind, values }] of candidates.entries()) {
    tell(done / (candidates.length + 1));
    const prediction = testAttribute(items, values, random.fork(attribute));
    if (prediction !== null) tested.push({ attribute, kind, prediction, values });
  }
  if (outside !== null) {
    const prediction = testFeatures(items, outside, outsideWidth, random.fork("outside the lungs"));
    tested.push({ attribute: "outside the lungs", kind: "image", prediction, values: null });
  }
  const adjusted = holm(tested.map(({ prediction }) => prediction.p));
  const tests = tested.map(({ attribute, kind, prediction, values }, i): ShortcutTest => {
    return {
      attribute,
      kind,
      class: items.classes[prediction.class] ?? "",
      auc: rounded(prediction.auc),
      p: rounded(prediction.p),
      adjustedP: rounded(adjusted[i] ?? 1),
      difference: values === null ? "" : difference(items, values, { of: prediction.class, attribute }),
    };
  });
  tests.sort((a, b) => a.adjustedP - b.adjustedP || b.auc - a.auc);
  return { tests, findings: tests.filter(isFinding).map(findingOf) };
}

/** Whether a test is worth a word: not by chance, and not slight. */
export function isFinding({ adjustedP, auc }: ShortcutTest): boolean {
  return adjustedP <= significant && auc >= leastArea;
}

function findingOf(test: ShortcutTest): Finding {
  const { attribute, kind, auc, class: name } = test;
  const numbers = `alone tells "${name}" from the rest with an area under the curve of ${auc.toFixed(2)} (chance: 0.50; p = ${test.adjustedP < 0.001 ? "< 0.001" : test.adjustedP.toFixed(3)}, corrected)`;
  const words = attributeInWords(attribute);
  const said = `${words[0]?.toUpperCase()}${words.slice(1)} ${numbers}${test.difference === "" ? "" : `: ${test.difference}`}.`;
  const severity = kind !== "person" && auc >= seriousArea ? "serious" : "note";
  if (kind === "person") {
    return {
      code: "AUDIT_CLASSES_DIFFER_IN_PERSONS",
      severity,
      message: said,
      act: "Report it; match the classes, or look at the results by subgroup: a network may learn who is ill by who they are.",
      caseIds: [],
    };
  }
  if (kind === "image") {
    const act = 'Blank what is no lung (the recipe\'s outsideLungs: "blank"), or crop to the lungs.';
    return { code: "AUDIT_SHORTCUT_OUTSIDE_LUNGS", severity, message: said, act, caseIds: [] };
  }
  return { code: "AUDIT_SHORTCUT", severity, message: said, act: shortcutAct(attribute), caseIds: [] };
}

function shortcutAct(attribute: string): string {
  const byAttribute: Readonly<Record<string, string>> = {
    slicesInStudy: "Take as many slices of every study (--max-slices), and studies of one protocol for all classes.",
    slicesKept: "Take as many slices of every study (--max-slices).",
    borderShare: "Crop the borders off all images, or get the originals.",
    markShare: "Get images without text, or crop it off all of them alike.",
    imageMode: "Get all classes from one source; a network sees the traces that another way of saving leaves.",
    fileFormat: "Get all classes from one source, in one format.",
    compression: "Get the images as they came from the scanner, without lossy compression, for all classes.",
  };
  return (
    byAttribute[attribute] ??
    "Get studies of all classes from the same scanners, protocol and time, or keep of each class only those that are alike; then prepare again."
  );
}

/** What is known of the items, by attribute; those that all lack left out. */
function candidatesOf(
  { cases }: Pick<Dataset, "cases">,
  { caseOf }: LabelledItems,
): { attribute: string; kind: ShortcutTest["kind"]; values: Values }[] {
  const rows = Array.from(caseOf, (index) => cases[index]);
  const names = new Set(cases.flatMap(({ prepared }) => Object.keys(prepared.attributes)));
  const columns = new Set(cases.flatMap((one) => Object.keys(one.columns ?? {})));
  const kindOf = (name: string) => (ofPerson.has(name) ? "person" : "acquisition");
  return [
    ...[...names]
      .filter((name) => !ofDisease.has(name))
      .map((name) => ({
        attribute: name,
        kind: kindOf(name) as ShortcutTest["kind"],
        values: rows.map((one) => one?.prepared.attributes[name]),
      })),
    { attribute: "slicesKept", kind: "acquisition", values: rows.map((one) => one?.prepared.slices) },
    {
      attribute: "fieldOfViewMm",
      kind: "acquisition",
      values: rows.map((one) => {
        const { pixelSpacingMm: spacing, columns: count } = one?.prepared.attributes ?? {};
        return typeof spacing === "number" && typeof count === "number" ? spacing * count : undefined;
      }),
    },
    ...[...columns].map((name) => ({
      attribute: `column: ${name}`,
      kind: (ofPerson.has(name) ? "person" : "column") as ShortcutTest["kind"],
      values: rows.map((one) => one?.columns?.[name]),
    })),
  ];
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000;
