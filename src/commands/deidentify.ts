import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes } from "../base/files.ts";
import type { RetainOptions } from "../dicom/deidentify/action.ts";
import { deidentifyStudies } from "../intake/deidentifyStudies.ts";
import { intakeArgs, readIntakeOptions } from "./intakeOptions.ts";
import { defineVerb } from "./verb.ts";

export const deidentifyVerb = defineVerb({
  name: "deidentify",
  description: "Copy CT images without what identifies the patients (PS3.15 Annex E)",
  examples: [
    "groundglass deidentify hospital research --key secret.key",
    "groundglass deidentify hospital research --key secret.key --dates shift --retain patient,descriptors --link link.csv",
  ],
  args: {
    in: { type: "positional", required: true, description: "Folder or archive of DICOM files", valueHint: "IN" },
    out: { type: "positional", required: true, description: "Folder for the copies, outside of IN", valueHint: "OUT" },
    key: {
      type: "string",
      description:
        "File with the secret key of pseudonyms, UIDs and dates; made where it is missing (a key that is thrown away)",
      valueHint: "FILE",
    },
    dates: {
      type: "string",
      description: "remove, shift (by the same days for all of a subject) or keep (remove)",
      valueHint: "WHAT",
    },
    retain: {
      type: "string",
      description: "What may stay: uids, device, institution, patient (sex, age, size), descriptors (cleaned)",
      valueHint: "A,B",
    },
    link: {
      type: "string",
      description: "CSV that leads from each input file to its subject and study; keep it safe",
      valueHint: "FILE",
    },
    "accept-burned-in": { type: "boolean", description: "Also copy images with text burned into their pixels" },
    intake: intakeArgs.intake,
  },
  async run(args, progress) {
    const retain = { ...retained(args.retain), dates: datesOf(args.dates) };
    const report = await deidentifyStudies(args.in, {
      out: args.out,
      key: await keyOf(args.key),
      retain,
      link: args.link,
      acceptBurnedIn: args["accept-burned-in"] === true,
      intake: await readIntakeOptions({ intake: args.intake }),
      progress,
    });
    const left = Object.entries(report.leftAside).map(([code, count]) => `left aside: ${code} (${count} files)`);
    const lines = [
      `${report.files} images of ${report.studies} studies of ${report.subjects} subjects are in ${args.out}.`,
      ...left,
      "Look at the images before you hand them on: pixels are copied as they are, and a head can be recognised by its surface.",
    ];
    return { text: lines.join("\n"), json: report };
  },
});

const retainable = ["uids", "device", "institution", "patient", "descriptors"] as const;

function retained(text: string | undefined): Partial<RetainOptions> {
  const names = text?.split(",").map((name) => name.trim()) ?? [];
  const unknown = names.find((name) => !(retainable as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new InputError("OPTION_INVALID", `--retain knows ${retainable.join(", ")}; "${unknown}" is none of them.`);
  }
  return Object.fromEntries(names.map((name) => [name, true]));
}

function datesOf(text: string | undefined): RetainOptions["dates"] {
  if (text === undefined || text === "remove" || text === "shift" || text === "keep") return text ?? "remove";
  throw new InputError("OPTION_INVALID", `--dates takes remove, shift or keep; "${text}" is none of them.`);
}

const keyBytes = 32;

/** The key in a file, made there for its owner's eyes only where it is missing; without a file, one that nobody keeps. */
async function keyOf(path: string | undefined): Promise<KeyObject> {
  if (path === undefined) return createSecretKey(randomBytes(keyBytes));
  if (!(await isThere(path))) {
    const file = await open(path, "wx", 0o600).catch((cause: unknown) => {
      throw new InputError("NOT_WRITABLE", `The key cannot be written to ${path}. Choose another place.`, { cause });
    });
    await file.writeFile(randomBytes(keyBytes));
    await file.close();
  }
  const bytes = await readBytes(path);
  if (bytes.length >= keyBytes) return createSecretKey(bytes);
  throw new InputError(
    "KEY_TOO_SHORT",
    `${path} holds ${bytes.length} bytes; a key needs at least ${keyBytes} random ones. Name a file that is not there yet, and one is made.`,
  );
}
