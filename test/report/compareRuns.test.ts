import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Comparison, comparisonSchema } from "../../src/evaluation/comparison.ts";
import { compareRuns } from "../../src/report/compareRuns.ts";
import { evaluateRun } from "../../src/report/evaluateRun.ts";
import { type MadeRunOptions, makeRun } from "../made/madeRun.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "groundglass-compare-"));
});
afterAll(() => rm(folder, { recursive: true }));

const size = { subjects: 30, slices: 6 };

/** A made run under a name of its own; pretrained as the name says. */
async function run(name: string, options: MadeRunOptions, changes: { file?: string; fold?: number } = {}) {
  const made = await makeRun(join(folder, `${name}-parts`), { ...size, ...options });
  const path = join(folder, name);
  await rename(made, path);
  const file = join(path, "run.json");
  const text = JSON.parse(await readFile(file, "utf8"));
  text.weights.file = changes.file ?? null;
  text.settings.fold = changes.fold ?? 0;
  await writeFile(file, JSON.stringify(text));
  return path;
}

describe("of a pretrained and an unpretrained network", () => {
  let comparison: Comparison;
  let page = "";
  beforeAll(async () => {
    const runs = [
      await run("up", { strength: 0.5 }),
      await run("p", { strength: 2 }, { file: "imagenet.safetensors" }),
    ];
    const out = join(folder, "out");
    comparison = await compareRuns(runs, { out, resamples: 200 });
    page = await readFile(join(out, "compare.html"), "utf8");
  });

  test("has contents that lead to its parts, and saves each table as CSV and LaTeX", async () => {
    const { document } = parseHTML(page);
    const heads = [...document.querySelectorAll("section > h2")].map((head) => head.id);
    expect(heads).toEqual(["studies", "images", "calibration", "subgroups", "same-images", "networks", "runs"]);
    const links = [...document.querySelectorAll("nav a")].map((link) => link.getAttribute("href"));
    expect(links).toEqual(heads.map((id) => `#${id}`));
    const names = [...document.querySelectorAll("table[data-name]")].map((table) => table.getAttribute("data-name"));
    expect(new Set(names).size).toBe(names.length);
    const files = names.flatMap((name) => [`${name}.csv`, `${name}.tex`]).sort();
    expect(await readdir(join(folder, "out", "tables"))).toEqual(files);
  });

  test("writes comparison.json as the schema says, its figures and a page without gaps", async () => {
    const written = JSON.parse(await readFile(join(folder, "out", "comparison.json"), "utf8"));
    expect(comparisonSchema.parse(written)).toEqual(JSON.parse(JSON.stringify(comparison)));
    expect((await readdir(join(folder, "out", "figures"))).filter((name) => name.endsWith(".svg")).sort()).toEqual([
      "image-reliability.svg",
      "image-roc-1.svg",
      "image-roc-2.svg",
      "image-roc-3.svg",
      "network-resnet18.svg",
      "side-by-side.svg",
      "study-reliability.svg",
      "study-roc-1.svg",
      "study-roc-2.svg",
      "study-roc-3.svg",
    ]);
    expect(page.match(/\bNaN\b|undefined|\[object/)).toBeNull();
  });

  test("sets P- against UP-, over the same items, and the difference is that of the tables", () => {
    expect(comparison.images.networks.map(({ network }) => network)).toEqual(["UP-ResNet18", "P-ResNet18"]);
    const [pair] = comparison.images.comparisons;
    expect(pair).toMatchObject({ first: "P-ResNet18", second: "UP-ResNet18", isPretraining: true });
    const [up, p] = comparison.images.networks.map(({ table }) => table.overallAccuracy.value!);
    expect(pair!.n).toBe(comparison.images.networks[0]!.table.overallAccuracy.n);
    expect(pair!.difference.value).toBeCloseTo(p! - up!, 12);
    expect(pair!.test.onlyFirst - pair!.test.onlySecond).toBe(Math.round(pair!.n * (p! - up!)));
    expect(pair!.test.p).toBeLessThan(0.001);
    const [areaUp, areaP] = comparison.images.networks.map(({ roc }) => roc.rows[0]!.auc.value!);
    expect(pair!.areas[0]!.difference.value).toBeCloseTo(areaP! - areaUp!, 9);
  });

  test("sets calibration side by side: the Brier scores are those of the probabilities, their difference the pair's", async () => {
    const briers = await Promise.all(
      ["up", "p"].map(async (name) => {
        const { studies, classes } = JSON.parse(await readFile(join(folder, name, "predictions", "test.json"), "utf8"));
        const errors = studies.flatMap(({ slices }: { slices: { truth: string; probabilities: number[] }[] }) =>
          slices.map(({ truth, probabilities }) =>
            probabilities.reduce((sum, p, k) => sum + (p - Number(classes[k] === truth)) ** 2, 0),
          ),
        );
        return errors.reduce((sum: number, one: number) => sum + one, 0) / errors.length;
      }),
    );
    const { networks, comparisons } = comparison.images;
    networks.forEach(({ calibration }, i) => {
      expect(calibration.brierOfAll.value).toBeCloseTo(briers[i]!, 12);
    });
    const [{ brier }] = comparisons as [(typeof comparisons)[number]];
    expect(brier.difference.value).toBeCloseTo(briers[1]! - briers[0]!, 12);
    expect(brier.difference.high).toBeLessThan(0);
    expect(brier.p).toBeLessThan(0.001);
    expect(page).toContain('data-name="images-brier-differences"');
  });

  test("sets subgroups side by side: each as the run's own evaluation has them, over the same studies", async () => {
    const { subgroups, studies } = comparison;
    expect(subgroups.traits.length).toBeGreaterThan(0);
    for (const [i, name] of ["up", "p"].entries()) {
      const own = await evaluateRun(join(folder, name), { out: join(folder, `alone-${name}`), resamples: 200 });
      expect(own.subgroups.map(({ trait }) => trait)).toEqual(subgroups.traits.map(({ trait }) => trait));
      for (const [t, { groups, difference }] of own.subgroups.entries()) {
        const here = subgroups.traits[t]!;
        expect(here.groups.map(({ networks }) => networks[i]!.overallAccuracy)).toEqual(
          groups.map(({ overallAccuracy }) => overallAccuracy),
        );
        expect(here.differences[i]).toEqual(difference);
        const right = here.groups.reduce((sum, { n, networks }) => sum + n * networks[i]!.overallAccuracy.value!, 0);
        const overall = studies!.networks[i]!.table.overallAccuracy;
        if (here.unknown === 0) expect(right).toBeCloseTo(overall.n * overall.value!, 9);
      }
    }
    expect(page).toContain('data-name="subgroup-differences"');
  }, 30_000);

  test("shows images of different subjects, the hardest first, with what both networks say", () => {
    const { sideBySide, classes } = comparison;
    expect(new Set(sideBySide.map((image) => image.subjectId)).size).toBe(sideBySide.length);
    const ease = sideBySide.map(({ calls, truth }) =>
      calls.reduce((sum, call) => sum + call.probabilities[classes.indexOf(truth)]!, 0),
    );
    expect(ease).toEqual(ease.toSorted((a, b) => a - b));
  });

  test("says that validation chose, and does not choose on the test set", () => {
    // The made runs have the same validation accuracy.
    expect(comparison.chosen.sentence).toBe(
      "UP-ResNet18 and P-ResNet18 did equally well on the validation images; nothing is chosen on a test set.",
    );
  });
});

test("pools the folds of one network, each case once, and gives mean and deviation over the runs", async () => {
  const whole = await run("whole", { strength: 1 });
  const file = join(whole, "predictions", "test.json");
  const predictions = JSON.parse(await readFile(file, "utf8"));
  const parts = await Promise.all(
    [0, 1].map(async (fold) => {
      const path = await run(`fold${fold}`, { strength: 1 }, { fold });
      const isOwn = (study: { subjectId: string }) => Number(study.subjectId.replace(/\D/g, "")) % 2 === fold;
      await writeFile(
        join(path, "predictions", "test.json"),
        JSON.stringify({ ...predictions, studies: predictions.studies.filter(isOwn) }),
      );
      return path;
    }),
  );
  const out = join(folder, "folds");
  const pooled = (await compareRuns(parts, { out, resamples: 100 })).studies!.networks[0]!;
  const together = (await compareRuns([whole, parts[0]!], { out, resamples: 100 })).studies!;
  expect(pooled.table.confusion).toEqual(together.networks[0]!.table.confusion);
  expect(pooled.runs.map(({ n }) => n).reduce((a, b) => a + b)).toBe(predictions.studies.length);
  const each = pooled.runs.map(({ overallAccuracy }) => overallAccuracy.value!);
  // Folds of one network hold no study in common with each other, but each study once for the network.
  const { subgroups } = await compareRuns(parts, { out, resamples: 100 });
  expect(subgroups).toMatchObject({ n: predictions.studies.length, networks: ["UP-ResNet18"] });
  expect(pooled.spread.overallAccuracy?.mean).toBeCloseTo((each[0]! + each[1]!) / 2, 12);
  expect(pooled.spread.overallAccuracy?.deviation).toBeCloseTo(Math.abs(each[0]! - each[1]!) / Math.SQRT2, 12);
});

test("refuses runs of another data set, and a single run", async () => {
  const [one, other] = [await run("one", {}), await run("other", { subjects: 33 })];
  const options = { out: join(folder, "none"), resamples: 100 };
  await expect(compareRuns([one, other], options)).rejects.toMatchObject({ code: "COMPARE_UNLIKE" });
  await expect(compareRuns([one], options)).rejects.toMatchObject({ code: "COMPARE_TOO_FEW" });
});
