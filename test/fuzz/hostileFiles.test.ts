import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GuardedReader } from "../../scripts/fuzz/guardedReader.ts";
import { mutate } from "../../scripts/fuzz/mutate.ts";
import { corpusSeedFiles, madeSeedFiles, type SeedFile } from "../../scripts/fuzz/seedFiles.ts";
import { createRandom } from "../../src/base/random.ts";

const corpus = join(import.meta.dirname, "../../../shared/data/dicom-corpus");
const work = mkdtempSync(join(tmpdir(), "groundglass-hostile-"));
const reader = new GuardedReader();
let made: SeedFile[];
beforeAll(async () => {
  made = await madeSeedFiles();
});
afterAll(async () => {
  await reader.close();
  rmSync(work, { recursive: true, force: true });
});

/** How a file went; fails where it was neither read nor refused with a code, in the limits of time and memory. */
async function read(name: string, bytes: Uint8Array): Promise<string | null> {
  const path = join(work, `case${extname(name)}`);
  writeFileSync(path, bytes);
  const { code, offence } = await reader.read(path);
  expect(offence).toBeUndefined();
  return code;
}

async function readMutants(seeds: readonly SeedFile[], count: number, seed: string): Promise<Map<string, number>> {
  const codes = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const random = createRandom(seed).fork(i);
    const { name, bytes } = random.pick(seeds);
    const code = String(await read(name, mutate(bytes, random).bytes));
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

describe("hostile files", () => {
  it("reads every made file as it is: every transfer syntax, zip, gzip, NIfTI and pictures", async () => {
    for (const { name, bytes } of made) expect([name, await read(name, bytes)]).toEqual([name, "read"]);
  });

  it("reads or refuses 100 spoiled made files, within the limits of time and memory", async () => {
    const codes = await readMutants(made, 100, "made");
    expect(codes.get("read")).toBeGreaterThan(10);
    expect([...codes.keys()].length).toBeGreaterThan(5);
  });

  describe.skipIf(!existsSync(corpus))("of the corpus", () => {
    it("reads or refuses 30 spoiled files", async () => {
      const codes = await readMutants(corpusSeedFiles(corpus), 30, "corpus");
      expect([...codes.keys()].length).toBeGreaterThan(3);
    });
  });
});
