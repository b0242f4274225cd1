import type { KeyObject } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { InputError } from "../base/errors.ts";
import { writeFileWhole, writeJson } from "../base/files.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { type RetainOptions, retainNothing } from "../dicom/deidentify/action.ts";
import { type DeidentifiedInstance, deidentifyInstance } from "../dicom/deidentify/deidentifyInstance.ts";
import { pseudonymsOf } from "../dicom/deidentify/pseudonyms.ts";
import { hasBurnedInText } from "./burnedInText.ts";
import { isCtImage } from "./chooseSeries.ts";
import { decodeInPool } from "./decodePool.ts";
import { mostInflated } from "./intakeFile.ts";
import { type IntakeSettings, intakeSettingsOf } from "./intakeSettings.ts";
import { listFiles } from "./listFiles.ts";
import { parseLimitsOf, type ScannedInstance, scanFiles } from "./scanFiles.ts";

export interface DeidentifyOptions {
  /** Folder for the files; made where it is missing, and outside of the input. */
  readonly out: string;
  /** Decides pseudonyms, UIDs and the days that dates are moved by. */
  readonly key: KeyObject;
  readonly retain?: Partial<RetainOptions>;
  /** Write files on which text was found all the same. */
  readonly acceptBurnedIn?: boolean;
  /** A CSV file that leads from new to old: path, subject, study. Keep it where the patients' data is kept. */
  readonly link?: string | undefined;
  readonly intake?: Partial<IntakeSettings> | undefined;
  readonly progress?: Progress | undefined;
}

/** OUT/deidentified.json: what was written, and what was left aside and why. Nothing in it names a patient or a path of the input. */
export interface Deidentified {
  readonly format: "groundglass-deidentified/1";
  readonly groundglassVersion: string;
  readonly retained: RetainOptions;
  readonly subjects: number;
  readonly studies: number;
  readonly files: number;
  /** How many files were left aside, by code. */
  readonly leftAside: Readonly<Record<string, number>>;
}

/**
 * Copies the CT images of a folder or archive without what identifies the patients.
 *
 * Names of folders and files follow from the key alone, so that a second run with the same key adds to the first. Files that
 * are no CT images, that cannot be read, or that carry burned-in text are left aside and counted.
 * @throws InputError as listFiles and scanFiles; OUT_INSIDE_STUDY; NO_CT if nothing could be written; as writeFileWhole.
 * @source PS3.15 Annex E
 */
export async function deidentifyStudies(input: string, options: DeidentifyOptions): Promise<Deidentified> {
  const { out, key, acceptBurnedIn = false, link, progress = noProgress } = options;
  const retain = { ...retainNothing, ...options.retain };
  const settings = intakeSettingsOf(options.intake);
  if (!relative(resolve(input), resolve(out)).startsWith("..")) {
    throw new InputError("OUT_INSIDE_STUDY", `${out} lies within ${input}. Name a folder outside of what is read.`);
  }
  const pseudonyms = pseudonymsOf(key);
  const scan = await scanFiles((await listFiles(input, settings)).files, settings);
  const leftAside = new Map<string, number>();
  const leave = (code: string) => leftAside.set(code, (leftAside.get(code) ?? 0) + 1);
  for (const _ of scan.broken) leave("FILE_TRUNCATED");
  const links: string[][] = [];
  const [subjects, studies] = [new Set<string>(), new Set<string>()];
  let [done, files] = [0, 0];
  for (const scanned of scan.instances) {
    progress({ stage: "de-identifying", done: done++, total: scan.instances.length });
    const outcome = await deidentifyFile(scanned, {
      pseudonyms,
      retain,
      settings,
      acceptBurnedIn,
    });
    if (typeof outcome === "string") {
      leave(outcome);
      continue;
    }
    const { subject, studyUid, seriesUid, sopInstanceUid, bytes } = outcome;
    const name = (kind: string, uid: string) => `${kind}-${pseudonyms.name(kind, uid)}`;
    const study = join(subject, name("study", studyUid));
    await writeFileWhole(join(out, study, name("series", seriesUid), `${name("image", sopInstanceUid)}.dcm`), bytes);
    subjects.add(subject);
    studies.add(study);
    files++;
    links.push([scanned.file.path, subject, study]);
  }
  progress({ stage: "de-identifying", done, total: scan.instances.length });
  if (files === 0) {
    throw new InputError(
      "NO_CT",
      `None of the ${done} DICOM files could be de-identified (${[...leftAside].map(([code, count]) => `${code}: ${count}`).join(", ") || "there are none"}). Only CT images are written.`,
    );
  }
  const report: Deidentified = {
    format: "groundglass-deidentified/1",
    groundglassVersion: version,
    retained: retain,
    subjects: subjects.size,
    studies: studies.size,
    files,
    leftAside: Object.fromEntries([...leftAside].sort()),
  };
  if (link !== undefined) await writeFileWhole(link, csv([["path", "subject", "study"], ...links]));
  await writeJson(join(out, "deidentified.json"), report);
  return report;
}

interface FileWork extends Omit<Parameters<typeof deidentifyInstance>[1], "limits"> {
  readonly settings: IntakeSettings;
  readonly acceptBurnedIn: boolean;
}

/** The new file, or the code of why it is left aside. */
async function deidentifyFile(scanned: ScannedInstance, work: FileWork): Promise<DeidentifiedInstance | string> {
  const { file, instance } = scanned;
  if (!isCtImage(instance)) return "NOT_CT";
  const { pseudonyms, retain, settings, acceptBurnedIn } = work;
  try {
    if (!acceptBurnedIn && (instance.hasBurnedInAnnotation || (await showsText(scanned, settings)))) {
      return "BURNED_IN_TEXT";
    }
    const bytes = await file.whole();
    const limits = parseLimitsOf(settings);
    const maxInflatedBytes = Math.min(limits.maxInflatedBytes, mostInflated(bytes.length, settings));
    return (
      deidentifyInstance(bytes, { pseudonyms, retain, limits: { ...limits, maxInflatedBytes } }) ?? "FILE_TRUNCATED"
    );
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
}

/** So many frames are decoded at once: a file may hold thousands. */
const framesAtOnce = 32;

/** Decoded as readPlanes does it, so that what a hostile file does to a codec ends a thread and nothing else. */
async function showsText({ file, instance }: ScannedInstance, settings: IntakeSettings): Promise<boolean> {
  const { pixels, frames } = instance;
  if (!pixels) return false;
  const { rows, columns } = pixels;
  if (Math.max(rows, columns) > settings.maxMatrix) {
    throw new InputError(
      "TOO_LARGE",
      `${file.path} has ${rows} × ${columns} pixels, more than intake.maxMatrix allows.`,
    );
  }
  for (let from = 0; from < frames.length; from += framesAtOnce) {
    const some = Array.from({ length: Math.min(framesAtOnce, frames.length - from) }, (_, i) => from + i);
    const targets = some.map(() => new Int16Array(new SharedArrayBuffer(2 * rows * columns)));
    const source = file.diskPath ? { diskPath: file.diskPath } : { bytes: await file.whole() };
    const { lowestHu, decodeWorkers, decodeTimeoutMs } = settings;
    const job = { path: file.path, source, instance, frames: some, targets, lowestHu, limits: parseLimitsOf(settings) };
    await decodeInPool(1, { job: async () => job, workers: decodeWorkers, timeoutMs: decodeTimeoutMs });
    if (targets.some((values) => hasBurnedInText(values, rows, columns))) return true;
  }
  return false;
}

function csv(rows: readonly (readonly string[])[]): string {
  return `${rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\n")}\n`;
}
