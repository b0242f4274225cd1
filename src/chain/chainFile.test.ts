import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readChainFile } from "./chainFile.ts";

const folder = mkdtempSync(join(tmpdir(), "chain-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  const path = join(folder, "chain.yaml");
  writeFileSync(path, text);
  return readChainFile(path);
}

const first = "stages:\n  - name: kind\n    dataset: studies\n";

describe("readChainFile", () => {
  it("completes what is left out, and finds paths beside the file", async () => {
    const { stages } = await read(`${first}  - name: signs\n    classifier: ../signs\n    when: { finding: blob }\n`);
    expect(stages).toEqual([
      { name: "kind", dataset: join(folder, "studies"), when: null, training: {} },
      {
        name: "signs",
        classifier: join(folder, "..", "signs"),
        when: { stage: "kind", finding: ["blob"], slices: "carried" },
        training: {},
      },
    ]);
  });

  it("takes a stage that is not the one before", async () => {
    const rest =
      "  - name: b\n    dataset: b\n  - name: c\n    dataset: c\n    when: { stage: kind, slices: [blob] }\n";
    const { stages } = await read(first + rest);
    expect(stages.map(({ when }) => when)).toEqual([
      null,
      { stage: "kind", finding: null, slices: "carried" },
      { stage: "kind", finding: null, slices: ["blob"] },
    ]);
  });

  it.each([
    ["no YAML", "stages: [", /line 1: this is neither YAML nor JSON/],
    ["one stage", first, /line 2: stages: a chain has two stages/],
    [
      "an unknown field",
      `${first}  - name: b\n    dataset: b\n    when:\n      slice: all\n`,
      /line 7: .*slice: "slice" is no field/,
    ],
    ["a name twice", `${first}  - name: Kind\n    dataset: b\n`, /line 4: stages.1.name: stage 1 is called "Kind" too/],
    [
      "a condition on a later stage",
      `${first}  - name: b\n    dataset: b\n    when: { stage: b }\n`,
      /line 6: stages.1.when.stage/,
    ],
    [
      "a first stage with a condition",
      `${first}    when: { finding: x }\n  - name: b\n    dataset: b\n`,
      /line 4: stages.0.when/,
    ],
    ["neither data nor a classifier", `${first}  - name: b\n`, /line 4: stages.1: a stage names either/],
  ])("refuses %s, naming the line and the field", async (_what, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: "CHAIN_FILE_INVALID",
      message: expect.stringMatching(message),
    });
  });
});
