import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { datasetPaths } from "../dataset/dataset.ts";
import { defaultRecipe } from "../slices/sliceRecipe.ts";
import { openImageStore } from "./imageStore.ts";

const recipe = { ...defaultRecipe, storedPx: 8, inputPx: 8 };

describe("openImageStore", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "store-"));
    for (const [k, caseId] of ["case-a", "case-b"].entries()) {
      const path = datasetPaths(folder).pixels(caseId);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(
        path,
        Uint8Array.from({ length: 3 * 64 }, (_, i) => 100 * k + Math.floor(i / 64)),
      );
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("gives images in the order asked for", async () => {
    const store = openImageStore(folder, recipe);
    const images = await store.read([
      { caseId: "case-b", index: 2 },
      { caseId: "case-a", index: 0 },
      { caseId: "case-b", index: 1 },
    ]);
    expect(images.map((pixels) => [pixels.length, pixels[0], pixels[63]])).toEqual([
      [64, 102, 102],
      [64, 0, 0],
      [64, 101, 101],
    ]);
    await store.close();
  });

  it("refuses prepared slices that are cut short or missing", async () => {
    const store = openImageStore(folder, recipe);
    await expect(store.read([{ caseId: "case-a", index: 3 }])).rejects.toMatchObject({ code: "PREPARED_DAMAGED" });
    await expect(store.read([{ caseId: "case-c", index: 0 }])).rejects.toMatchObject({ code: "PREPARED_DAMAGED" });
    await store.close();
  });
});
