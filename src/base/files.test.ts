import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { readJson, writeFileWhole, writeJson } from "./files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "groundglass-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("writeFileWhole", () => {
  it("replaces a file and leaves nothing beside it", async () => {
    const path = join(folder, "deep", "file.txt");
    await writeFileWhole(path, "first");
    await writeFileWhole(path, "second");
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(readdirSync(join(folder, "deep"))).toEqual(["file.txt"]);
  });

  it("refuses to write below a file, with a code", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(writeFileWhole(join(folder, "file", "below"), "x")).rejects.toMatchObject({ code: "FILE_INVALID" });
  });
});

describe("readJson", () => {
  const schema = z.object({ epochs: z.number() });

  it("returns what was written", async () => {
    await writeJson(join(folder, "a.json"), { epochs: 3 });
    expect(await readJson(join(folder, "a.json"), schema)).toEqual({ epochs: 3 });
  });

  it.each([
    ["a missing file", undefined, "FILE_MISSING", /No file/],
    ["half a file", '{"epochs": ', "FILE_INVALID", /not JSON/],
    ["a wrong field, named", '{"epochs": "three"}', "FILE_INVALID", /epochs/],
  ])("refuses %s", async (_what, text, code, message) => {
    const path = join(folder, "b.json");
    if (text !== undefined) writeFileSync(path, text);
    await expect(readJson(path, schema)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
