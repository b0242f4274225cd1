import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { listArchive } from "./archive.ts";
import { memorySource } from "./intakeFile.ts";
import { defaultIntake, type IntakeSettings } from "./intakeSettings.ts";

const text = (value: string) => new TextEncoder().encode(value);
/** Where the directory of an archive of one file begins, as its end record says (APPNOTE 4.3.16). */
const directoryAt = (zip: Uint8Array) => new DataView(zip.buffer).getUint32(zip.length - 6, true);
const list = (bytes: Uint8Array, settings: Partial<IntakeSettings> = {}) =>
  listArchive(memorySource(bytes), "study.zip", { ...defaultIntake, ...settings });

describe("listArchive", () => {
  it("gives each file's bytes, stored or deflated, and passes folders over", async () => {
    const zip = zipSync({ "a/": new Uint8Array(0), "a/x": text("xx".repeat(500)), y: [text("y"), { level: 0 }] });
    const files = await list(zip);
    expect(files.map((file) => [file.path, file.sizeBytes])).toEqual([
      ["study.zip/a/x", 1000],
      ["study.zip/y", 1],
    ]);
    expect(new TextDecoder().decode(await files[0]!.whole())).toBe("xx".repeat(500));
    expect(new TextDecoder().decode(await files[0]!.head(3))).toBe("xxx");
    expect(new TextDecoder().decode(await files[1]!.whole())).toBe("y");
  });

  it("makes no path of a name that climbs out, and shows no control characters", async () => {
    const [file] = await list(zipSync({ "../../etc/pass\u001b[2Jwd": text("x") }));
    expect(file).toMatchObject({ path: "study.zip/../../etc/pass[2Jwd" });
    expect(file?.diskPath).toBeUndefined();
  });

  it("refuses too many files, too much in all, and too high a ratio", async () => {
    const zip = zipSync({ a: new Uint8Array(3 * 2 ** 20), b: new Uint8Array(3 * 2 ** 20) });
    for (const settings of [{ maxFiles: 1 }, { maxInflatedMb: 5 }, { maxFileMb: 2 }]) {
      await expect(list(zip, settings)).rejects.toMatchObject({ code: "ARCHIVE_TOO_LARGE" });
    }
    const bomb = zipSync({ a: new Uint8Array(65 * 2 ** 20) });
    await expect(list(bomb)).rejects.toMatchObject({ code: "ARCHIVE_TOO_LARGE" });
    expect(await list(bomb, { maxInflationRatio: 1100 })).toHaveLength(1);
  });

  it("never inflates a file beyond the size its entry says", async () => {
    const zip = zipSync({ a: new Uint8Array(2 ** 20) });
    new DataView(zip.buffer).setUint32(directoryAt(zip) + 24, 1000, true);
    const [file] = await list(zip);
    await expect(file!.whole()).rejects.toMatchObject({ code: "ARCHIVE_UNREADABLE" });
  });

  it("refuses a changed byte by the checksum, an encrypted file and an unknown method", async () => {
    const changed = zipSync({ a: [text("hello"), { level: 0 }] });
    changed[changed.indexOf(0x68, 30)] = 0x6a;
    const encrypted = zipSync({ a: text("hello") });
    const method = encrypted.slice();
    const at = directoryAt(encrypted);
    encrypted[at + 8] = 1;
    method[at + 10] = 12;
    for (const zip of [changed, encrypted, method]) {
      const [file] = await list(zip);
      await expect(file!.whole()).rejects.toMatchObject({ code: "ARCHIVE_UNREADABLE" });
    }
  });

  it("refuses entries that share their bytes", async () => {
    const zip = zipSync({ a: new Uint8Array(2 ** 20), b: text("b") }, { level: 0 });
    // The directory's second entry is made to point at the first one's bytes.
    const first = directoryAt(zip);
    zip.set(zip.subarray(first + 20, first + 28), first + 47 + 20); // an entry of a one-letter name has 47 bytes
    await expect(list(zip)).rejects.toMatchObject({ code: "ARCHIVE_UNREADABLE" });
  });

  it("refuses an archive that was cut short", async () => {
    const zip = zipSync({ a: text("hello") });
    await expect(list(zip.subarray(0, zip.length - 4))).rejects.toMatchObject({ code: "ARCHIVE_UNREADABLE" });
  });
});
