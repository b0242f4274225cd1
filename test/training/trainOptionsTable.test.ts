import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { resolveDecision } from "../../src/classifier/decisionSettings.ts";
import { trainVerb } from "../../src/commands/train.ts";
import { trainOptionGroups } from "../../src/commands/trainOptions.ts";
import { resolveTrainingSettings, type TrainingOptions } from "../../src/training/trainingSettings.ts";

type Definition = (typeof trainVerb.args)[string];

let page: string;
beforeAll(async () => {
  const whole = await readFile(join(import.meta.dirname, "..", "..", "docs", "training.md"), "utf8");
  page = /^## Every option$(.*?)^## /ms.exec(whole)?.[1] ?? "";
});

/** The cells of the rows that begin with an option. */
function rowsOf(text: string): string[][] {
  const rows = text.split("\n").filter((line) => line.startsWith("| `--"));
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** An option as it is written: with what stands for its value. */
function written(name: string, definition: Definition): string {
  const hint = "valueHint" in definition ? ` ${definition.valueHint}` : "";
  return `\`--${name}${definition.type === "boolean" ? "" : hint}\``.replaceAll("|", "\\|");
}

/** What the definition says of the default: the parenthesis that its description ends with. */
function defaultOf(definition: Definition): string | undefined {
  if (definition.type === "boolean") return "no";
  if ("required" in definition && definition.required === true) return "required";
  return /\(([^()]*)\)$/.exec(definition.description ?? "")?.[1];
}

describe("the table of train's options", () => {
  const options = Object.entries(trainVerb.args).filter(([, { type }]) => type !== "positional");

  it("has a row for every option of the command and for no other, in the order of --help", () => {
    const grouped = Object.values(trainOptionGroups).flatMap((group) => Object.keys(group));
    const others = options.map(([name]) => name).filter((name) => !grouped.includes(name));
    const expected = [...grouped, ...others].map((name) => written(name, trainVerb.args[name] as Definition));
    expect(rowsOf(page).map(([option]) => option)).toEqual(expected);
  });

  it("gives the defaults that the command gives, each in the command's words", () => {
    const told = Object.fromEntries(rowsOf(page).map(([option, usual]) => [option, usual]));
    for (const [name, definition] of options) {
      expect(defaultOf(definition), `--${name} ends with its default in parentheses`).toBeDefined();
      expect(told[written(name, definition)], `--${name}`).toBe(defaultOf(definition));
    }
  });

  it("says of each what it does", () => {
    for (const [option, , does] of rowsOf(page)) expect(does, option).toMatch(/\w{3}/);
  });

  it("gives the learning rates, the rule and the calibration that hold", () => {
    const settings = (asked: TrainingOptions) => resolveTrainingSettings({ batchSize: 16, ...asked }, [1000]);
    const rate = (asked: TrainingOptions) => settings(asked).learningRate;
    const said = defaultOf(trainVerb.args["learning-rate"] as Definition) ?? "";
    expect(said.match(/\d+e-\d/g)?.map(Number)).toEqual([
      rate({ pretrained: "weights" }),
      rate({}),
      rate({ freeze: "layer4" }),
      rate({ preset: "chen2021" }),
      rate({ preset: "chen2021-manifestation" }),
    ]);
    expect(rate({ optimiser: "sgd" }) / rate({})).toBeCloseTo(Number(/sgd (\d+) times/.exec(said)?.[1]), 9);
    expect(defaultOf(trainVerb.args["head-learning-rate"] as Definition)).toBe(
      `as --learning-rate; preset chen2021-manifestation: ${settings({ preset: "chen2021-manifestation" }).headLearningRate?.toExponential()}`,
    );
    const decision = (preset: "default" | "chen2021") =>
      resolveDecision({}, { preset, classes: ["a", "b"], level: "study" });
    const [usual, paper] = [decision("default"), decision("chen2021")];
    expect(defaultOf(trainVerb.args["study-rule"] as Definition)).toBe(
      `${usual.rule}; presets chen2021: ${paper.rule}`,
    );
    expect(defaultOf(trainVerb.args.calibration as Definition)).toBe(
      `${usual.calibration}; presets chen2021: ${paper.calibration}`,
    );
  });
});
