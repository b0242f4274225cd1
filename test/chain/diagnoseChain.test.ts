import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainChain } from "../../src/chain/trainChain.ts";
import { diagnosisSchema } from "../../src/diagnosis/diagnosis.ts";
import { drawPhantoms } from "../../src/phantom/drawPhantoms.ts";
import { diagnoseStudy } from "../../src/report/diagnoseStudy.ts";
import { evaluateChain } from "../../src/report/evaluateChain.ts";
import { makeClassifier } from "../made/madeClassifier.ts";

let folder = "";
let study = "";
const at = (...names: string[]) => join(folder, ...names);
const signs = ["opacity", "streaks"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chained-"));
  await drawPhantoms(at("phantoms"), { subjects: 1, seed: 4, matrix: 96, sliceSpacingMm: 12 });
  study = at("phantoms", "studies", (await readdir(at("phantoms", "studies")))[0]!);
  await makeClassifier(at("kind"), { middle: -1 });
  // Of other sizes than the first. "opacity" rises with brightness, "streaks" falls with it.
  const recipe = { storedPx: 40, inputPx: 36 };
  await makeClassifier(at("signs"), { classes: signs, areSeveral: true, middle: -1, recipe });
  await makeClassifier(at("late"), { classes: ["old", "new"], recipe });
  const stages = [
    { name: "kind", classifier: "kind" },
    { name: "signs", classifier: "signs", when: { finding: "COVID-19", slices: "carried" } },
    { name: "age", classifier: "late", when: { stage: "signs", finding: "streaks", slices: ["streaks"] } },
  ];
  await writeFile(at("chain.json"), JSON.stringify({ stages }));
  await trainChain(at("chain.json"), { out: at("chain") });
});
afterAll(() => rm(folder, { recursive: true }));

describe("a chain of classifiers that were there already", () => {
  it("diagnoses like one classifier, each stage on what was passed on", async () => {
    const diagnosis = await diagnoseStudy(study, { classifier: at("chain", "classifier"), out: at("out") });
    const written = diagnosisSchema.parse(JSON.parse(await readFile(at("out", "diagnosis.json"), "utf8")));
    expect(written).toEqual(diagnosis);
    expect(diagnosis.finding).toBe("COVID-19");
    const alone = await diagnoseStudy(study, { classifier: at("kind"), out: at("alone") });
    expect(alone.chain).toBeNull();
    expect(diagnosis.probabilities).toEqual(alone.probabilities);
    const [second, third] = diagnosis.chain!.stages;
    // Every slice carried the finding, and every one is called opacity and not streaks.
    expect(second).toMatchObject({
      name: "signs",
      isReached: true,
      finding: "opacity",
      fractions: [1, 0],
      labels: "several",
    });
    expect(second!.slices.map((slice) => slice.sliceIndex)).toEqual(diagnosis.slices.map((slice) => slice.sliceIndex));
    expect(third).toMatchObject({ name: "age", isReached: false, finding: null, slices: [] });
    expect(third!.explanation).toBe("signs found opacity; no slice was passed on.");
  });

  it("shows all stages on the page, with pictures of the further ones", async () => {
    const page = await readFile(at("out", "diagnosis.html"), "utf8");
    expect(page).toContain("signs: opacity in");
    expect(page).toContain("age: not asked, for signs found opacity");
    expect(page.match(/alt="Slice \d+ of \d+, opacity 100/g)!.length).toBeGreaterThan(0);
  });

  it("refuses to be mirrored or asked with others, before it reads the study", async () => {
    const chain = { classifier: at("chain", "classifier"), out: at("ensemble") };
    for (const asked of [{ mirror: true }, { others: [at("kind")] }]) {
      await expect(diagnoseStudy(at("no study"), { ...chain, ...asked })).rejects.toMatchObject({
        code: "ENSEMBLE_OF_CHAIN",
        message: expect.stringContaining("Leave --mirror and --with out"),
      });
    }
  });

  it("refuses to be evaluated: whom its stages were tested on is not known", async () => {
    await expect(evaluateChain(at("chain"))).rejects.toMatchObject({ code: "CHAIN_UNMEASURED" });
  });

  it("refuses to wait for a class that the stage before does not know", async () => {
    const stages = [
      { name: "kind", classifier: "kind" },
      { name: "signs", classifier: "signs", when: { finding: "influenza" } },
    ];
    await writeFile(at("wrong.json"), JSON.stringify({ stages }, null, 2));
    await expect(trainChain(at("wrong.json"), { out: at("wrong") })).rejects.toMatchObject({
      code: "CHAIN_CLASS_UNKNOWN",
      message: expect.stringMatching(
        /wrong\.json line 11: stages\.1\.when\.finding: "influenza" is none of the classes/,
      ),
    });
  });
});

it("says of a single classifier with several labels which it found", async () => {
  const diagnosis = await diagnoseStudy(study, { classifier: at("signs"), out: at("several") });
  expect(diagnosis).toMatchObject({ finding: "opacity", fractions: [1, 0], chain: null, decisionsByZone: null });
  expect(diagnosis.keySlices.length).toBeGreaterThan(0);
  expect(await readFile(at("several", "diagnosis.html"), "utf8")).toContain("An image may show several, or none.");
});
