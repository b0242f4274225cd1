import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readIntakeOptions } from "./intakeOptions.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-options-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "reading.yaml");
  writeFileSync(path, text);
  return path;
}

describe("readIntakeOptions", () => {
  it("changes nothing where nothing is given", async () => {
    expect(await readIntakeOptions({})).toEqual({});
  });

  it("puts the options over the file's settings", async () => {
    const intake = file("kernel: lung\nmaxGap: 2\nfindings: { METAL: refuse, NOISY: refuse }\n");
    expect(
      await readIntakeOptions({ intake, kernel: "soft", ignore: "noisy", refuse: "SLICES_JUMP", warn: "OBLIQUE" }),
    ).toEqual({
      kernel: "soft",
      maxGap: 2,
      findings: { METAL: "refuse", NOISY: "ignore", SLICES_JUMP: "refuse", OBLIQUE: "warn" },
    });
  });

  it("refuses a code that is none, and a file without settings", async () => {
    const misspelt = { code: "SETTING_INVALID", message: expect.stringContaining('"METALL" is no finding') };
    await expect(readIntakeOptions({ refuse: "METALL" })).rejects.toMatchObject(misspelt);
    await expect(readIntakeOptions({ intake: file("just words") })).rejects.toMatchObject({ code: "SETTING_INVALID" });
    await expect(readIntakeOptions({ intake: file("a: [1") })).rejects.toMatchObject({ code: "SETTING_INVALID" });
  });
});
