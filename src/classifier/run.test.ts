import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chen2021Recipe } from "../slices/sliceRecipe.ts";
import { resolveTrainingSettings } from "../training/trainingSettings.ts";
import { checkSameRun, findRun, type Run } from "./run.ts";

const run: Run = {
  format: "groundglass-run/1",
  groundglassVersion: "0.1.0",
  dataset: { path: "dataset", sha256: "a".repeat(64), splitsSha256: "b".repeat(64) },
  level: "study",
  classes: ["COVID-19", "normal"],
  recipe: chen2021Recipe,
  network: { name: "resnet18", classes: 2 },
  settings: resolveTrainingSettings({ epochs: 3 }, [10]),
  threshold: null,
  decision: { rule: "auto", calibration: "temperature", operatingPoint: null },
  weights: { file: null, sha256: null, loaded: [], missing: [], leftOver: [] },
};

describe("checkSameRun", () => {
  const asked = (changes: Partial<Run>) => () => checkSameRun("out", run, { ...run, ...changes });
  const settings = (changes: object) => asked({ settings: { ...run.settings, ...changes } });

  it("lets the same settings go on, elsewhere and with other threads too", () => {
    expect(settings({ threads: 7 })).not.toThrow();
    expect(asked({ dataset: { ...run.dataset, path: "moved" } })).not.toThrow();
  });

  it("names the setting that differs", () => {
    expect(settings({ epochs: 4 })).toThrow(/another epochs: 3 there, 4 now/);
    expect(settings({ headLearningRate: 1e-3 })).toThrow(/headLearningRate: null there, 0.001 now/);
    expect(asked({ threshold: 0.1 })).toThrow(/threshold/);
    expect(asked({ decision: { ...run.decision, rule: "mean" } })).toThrow(/another rule: "auto" there, "mean" now/);
    expect(asked({ weights: { ...run.weights, sha256: "c".repeat(64) } })).toThrow(/pretrained: null there, file cccc/);
    expect(asked({ dataset: { ...run.dataset, sha256: "d".repeat(64) } })).toThrow(/another dataset: file aaaa/);
    expect(asked({ dataset: { ...run.dataset, splitsSha256: "d".repeat(64) } })).toThrow(/another splits/);
  });
});

describe("findRun", () => {
  it("refuses a folder that holds something else", async () => {
    const folder = await mkdtemp(join(tmpdir(), "run-"));
    expect(await findRun(folder)).toBeUndefined();
    await writeFile(join(folder, "thesis.txt"), "");
    await expect(findRun(folder)).rejects.toMatchObject({ code: "RUN_FOLDER_NOT_EMPTY" });
    await rm(folder, { recursive: true });
  });
});
