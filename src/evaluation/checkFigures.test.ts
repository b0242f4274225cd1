import { expect, test } from "vitest";
import { checkFigures, type PrintedFigure } from "./checkFigures.ts";

const printed = (of: string, figure: string, percent: string, n: number): PrintedFigure => ({
  of,
  figure,
  n,
  right: null,
  percent,
});

/** Chen et al. 2021, Table 5: 39 studies of COVID-19, 52 of other pneumonia or none. */
const paper = checkFigures([
  printed("P-ResNet50", "sensitivity", "94.87", 39),
  printed("P-ResNet50", "specificity", "88.46", 52),
  printed("P-ResNet50", "accuracy", "91.21", 91),
  printed("P-ResNet50", "overall accuracy", "89.01", 91),
  printed("radiologists", "sensitivity", "89.74", 39),
  printed("radiologists", "specificity", "93.41", 52),
  printed("radiologists", "accuracy", "93.41", 91),
  printed("radiologists", "overall accuracy", "91.21", 91),
]);
const classifier = paper.slice(0, 4);

test("finds the paper's counts behind its percentages", () => {
  expect(classifier.map(({ right, n }) => [right, n])).toEqual([
    [37, 39],
    [46, 52],
    [83, 91],
    [81, 91],
  ]);
  expect(classifier.every((figure) => figure.isPossible && figure.notes.length === 0)).toBe(true);
});

test("gives them the Wilson intervals that requirements quote, and wider exact ones", () => {
  const ends = classifier
    .slice(0, 3)
    .map(({ wilson }) => [wilson?.low, wilson?.high].map((end) => (100 * (end ?? 0)).toFixed(1)));
  expect(ends).toEqual([
    ["83.1", "98.6"],
    ["77.0", "94.6"],
    ["83.6", "95.5"],
  ]);
  // R: binom.test(37, 39)$conf.int is 0.8267552 0.9937280.
  expect(classifier[0]?.clopperPearson?.low).toBeCloseTo(0.8267552, 7);
  expect(classifier[0]?.clopperPearson?.high).toBeCloseTo(0.993728, 7);
});

test("flags the radiologists' specificity as impossible, and says what it must have been", () => {
  const impossible = paper.filter((figure) => !figure.isPossible);
  expect(impossible.map(({ of, figure }) => `${of}, ${figure}`)).toEqual(["radiologists, specificity"]);
  expect(impossible[0]?.notes).toEqual([
    "impossible: 93.41 % is no share of 52; the nearest are 48/52 = 92.31 % and 49/52 = 94.23 %",
    "with 85/91 right in all and 35/39 positives it must be 50/52 = 96.15 %",
    "93.41 % is the accuracy, printed twice",
  ]);
});

test("flags a count that is not its percentage", () => {
  const [figure] = checkFigures([{ of: "", figure: "accuracy", n: 91, right: 82, percent: "91.21" }]);
  expect(figure).toMatchObject({ isPossible: false, notes: ["impossible: 82/91 is 90.11 %, not 91.21 %"] });
});

test("says which counts a percentage without decimals may stand for", () => {
  const [figure] = checkFigures([printed("", "accuracy", "50", 200)]);
  expect(figure).toMatchObject({ isPossible: true, right: null });
  expect(figure?.notes).toEqual(["rounded too far to say which: 99/200 = 50 % or 100/200 = 50 % or 101/200 = 51 %"]);
});
