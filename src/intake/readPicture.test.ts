import { describe, expect, it } from "vitest";
import type { IntakeFile } from "./intakeFile.ts";
import { defaultIntake } from "./intakeSettings.ts";
import golden from "./readPicture.golden.json" with { type: "json" };
import { readPicture } from "./readPicture.ts";

function fileOf(path: string, bytes: Uint8Array): IntakeFile {
  return { path, sizeBytes: bytes.length, head: async (count) => bytes.subarray(0, count), whole: async () => bytes };
}

describe("readPicture", () => {
  it.each(Object.entries(golden))("gives Pillow's grey of %s", async (name, expected) => {
    const { picture } = await readPicture(fileOf(name, Buffer.from(expected.file, "base64")), defaultIntake);
    expect(picture.shape).toEqual(expected.shape);
    expect([...picture.pixels]).toEqual(expected.grey);
  });

  it("refuses a picture that was cut short", async () => {
    for (const name of ["colour.jpg", "colour.png"] as const) {
      const bytes = Buffer.from(golden[name].file, "base64");
      await expect(
        readPicture(fileOf(name, bytes.subarray(0, bytes.length - 40)), defaultIntake),
      ).rejects.toMatchObject({ code: "PICTURE_INVALID", message: expect.stringContaining(name) });
    }
  });

  it("refuses a picture larger than the settings allow before decoding it", async () => {
    const bytes = Buffer.from(golden["grey.png"].file, "base64");
    await expect(readPicture(fileOf("x.png", bytes), { ...defaultIntake, maxMatrix: 4 })).rejects.toMatchObject({
      code: "PICTURE_INVALID",
    });
  });
});
