import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../base/hash.ts";
import golden from "./decodePixels.golden.json" with { type: "json" };
import { decodePixels } from "./decodePixels.ts";
import { parseInstance } from "./parseInstance.ts";

const data = join(import.meta.dirname, "../../../shared/data");

/** Refused here, each with the reason. */
const refused: Readonly<Record<string, string>> = {
  "dicom-corpus/pydicom-JPEG2000-embedded-sequence-delimiter.dcm":
    "its JPEG 2000 header was overwritten with a delimiter; GDCM fails too and leaves zeros",
};

describe.skipIf(!existsSync(data))("decodePixels on real files", () => {
  it.each(Object.entries(golden))("gives pydicom's and GDCM's values for %s", async (path, expected) => {
    const file = new Uint8Array(readFileSync(join(data, path)));
    const instance = parseInstance(file)!;
    if (path in refused) {
      await expect(decodePixels(file, instance, [0])).rejects.toMatchObject({ code: "PIXELS_INVALID" });
      return;
    }
    const [values] = await decodePixels(file, instance, [0]);
    expect([instance.pixels!.rows, instance.pixels!.columns]).toEqual(expected.shape.slice(-2));
    const wide = Int32Array.from(values!);
    expect(sha256Hex(new Uint8Array(wide.buffer))).toBe(expected.sha256);
  });
});
