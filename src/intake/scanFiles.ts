import { InputError } from "../base/errors.ts";
import type { ParseLimits } from "../dicom/dataSet.ts";
import type { Instance } from "../dicom/instance.ts";
import { parseInstance } from "../dicom/parseInstance.ts";
import { listArchive } from "./archive.ts";
import { diskSource, gunzipped, type IntakeFile, memorySource } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { tooManyFiles } from "./listFiles.ts";
import { mediaDirectory } from "./mediaDirectory.ts";

/** A DICOM file with its attributes. */
export interface ScannedInstance {
  readonly file: IntakeFile;
  readonly instance: Instance;
}

/** What the files of a study turn out to be, told by their content, not their names. */
export interface Scan {
  readonly instances: readonly ScannedInstance[];
  /** Named as DICOM files, but no longer that. */
  readonly broken: readonly IntakeFile[];
  readonly niftis: readonly IntakeFile[];
  readonly pictures: readonly IntakeFile[];
  /** Files that are no images. */
  readonly others: readonly IntakeFile[];
}

const headBytes = 64 * 2 ** 10;

/** Called with the path of a file or folder below the root, what is wrong with it, and the study that says so of itself. */
export type OnFault = (path: string, error: InputError, studyUid?: string) => void;

export interface ScanOptions {
  /** Takes what would otherwise be thrown because of one file; the file is then passed over. */
  readonly onFault?: OnFault | undefined;
  /** Of archives, only the files with these paths are looked into. */
  readonly inside?: readonly string[] | undefined;
}

/**
 * Looks into every file, and into the files of archives among them.
 *
 * @throws InputError, without onFault: ARCHIVE_TOO_LARGE, ARCHIVE_UNREADABLE, FILE_TOO_LARGE, FILE_UNREADABLE, TOO_MANY_FILES.
 */
export async function scanFiles(
  files: readonly IntakeFile[],
  settings: IntakeSettings,
  { onFault, inside }: ScanOptions = {},
): Promise<Scan> {
  const scan = {
    instances: [] as ScannedInstance[],
    broken: [] as IntakeFile[],
    niftis: [] as IntakeFile[],
    pictures: [] as IntakeFile[],
    others: [] as IntakeFile[],
  };
  const isWanted = inside === undefined ? () => true : pathFilter(inside);
  let count = files.length;

  async function scanAll(some: readonly IntakeFile[], archiveDepth: number): Promise<void> {
    // Eight at a time: the disk's wait is shared; results are put down in the order of the files.
    for (let i = 0; i < some.length; i += 8) {
      const looked = await Promise.all(
        some.slice(i, i + 8).map((file) => unlessFault(file, () => look(file, settings), onFault)),
      );
      for (const one of looked) {
        if (one === null) continue;
        const { kind, file, instance } = one;
        if (kind === "dicom" && instance) scan.instances.push({ file, instance });
        else if (kind === "nifti") scan.niftis.push(file);
        else if (kind === "picture") scan.pictures.push(file);
        else if (kind === "archive" && archiveDepth < settings.maxArchiveDepth) {
          const within = await unlessFault(file, () => filesWithin(file), onFault);
          if (within !== null) await scanAll(within, archiveDepth + 1);
        } else if (kind === "broken") scan.broken.push(file);
        else scan.others.push(file);
      }
    }
  }

  async function filesWithin(file: IntakeFile): Promise<IntakeFile[]> {
    const source = file.diskPath ? diskSource(file.diskPath, file.sizeBytes) : memorySource(await file.whole());
    const within = (await listArchive(source, file.path, settings)).filter(isVisible).filter(isWanted);
    if (count + within.length > settings.maxFiles) throw tooManyFiles(file.path, settings);
    count += within.length;
    return within;
  }

  await scanAll(files, 0);
  return scan;
}

/** Whether a file has one of these paths, or is an archive that holds one of them. */
function pathFilter(paths: readonly string[]): (file: IntakeFile) => boolean {
  const wanted = new Set<string>();
  for (const path of paths) {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) wanted.add(path.slice(0, end));
  }
  return ({ path }) => wanted.has(path);
}

async function unlessFault<T>(file: IntakeFile, read: () => Promise<T>, onFault?: OnFault): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!onFault || !(error instanceof InputError)) throw error;
    onFault(file.path, error);
    return null;
  }
}

/** Whether a file has the beginning of a zip archive. */
export function isArchive(head: Uint8Array): boolean {
  return startsWith(head, [0x50, 0x4b, 3, 4]) || startsWith(head, [0x50, 0x4b, 5, 6]);
}

interface Look {
  readonly kind: "dicom" | "broken" | "nifti" | "picture" | "archive" | "other";
  readonly file: IntakeFile;
  readonly instance?: Instance;
}

async function look(file: IntakeFile, settings: IntakeSettings): Promise<Look> {
  const head = await file.head(headBytes);
  if (isArchive(head)) return { kind: "archive", file };
  if (startsWith(head, [0x1f, 0x8b])) {
    const inside = gunzipped(file, settings);
    return lookAtContent(inside, await inside.head(headBytes), settings);
  }
  return lookAtContent(file, head, settings);
}

async function lookAtContent(file: IntakeFile, head: Uint8Array, settings: IntakeSettings): Promise<Look> {
  if (startsWith(head, [0x89, 0x50, 0x4e, 0x47]) || startsWith(head, [0xff, 0xd8, 0xff])) {
    return { kind: "picture", file };
  }
  if (isNifti(head)) return { kind: "nifti", file };
  const limits = parseLimitsOf(settings);
  // What a deflated beginning inflates to is looked at no further than a usual header goes.
  let instance = parse(head, file, { ...limits, maxHeaderBytes: Math.min(limits.maxHeaderBytes, 16 * headBytes) });
  const mayGoOn = head.length >= headBytes || !file.diskPath;
  if (instance && mayGoOn && (instance.isCut || !instance.pixels)) instance = parse(await file.whole(), file, limits);
  if (instance) return isOfAStudy(instance) ? { kind: "dicom", file, instance } : { kind: "other", file };
  const isNamedDicom = /\.(dcm|dicom|ima)(\.gz)?$/i.test(file.path);
  return { kind: isNamedDicom ? "broken" : "other", file };
}

/** Directories (DICOMDIR) and data sets without any identity are DICOM, but nothing to read. */
function isOfAStudy({ sopClassUid, modality, studyUid, isCut }: Instance): boolean {
  if (sopClassUid === mediaDirectory) return false;
  return isCut || sopClassUid !== "" || modality !== "" || studyUid !== "";
}

/** The DICOM parser's limits by the settings. */
export function parseLimitsOf(settings: IntakeSettings): ParseLimits {
  return { maxHeaderBytes: settings.maxHeaderMb * 2 ** 20, maxInflatedBytes: settings.maxFileMb * 2 ** 20 };
}

function parse(bytes: Uint8Array, file: IntakeFile, limits: ParseLimits): Instance | null {
  try {
    return parseInstance(bytes, limits);
  } catch (error) {
    throw named(error, file.path);
  }
}

/** An error of a file's content with the file's path before its message. */
export function named(error: unknown, path: string): unknown {
  if (!(error instanceof InputError)) return error;
  return new InputError(error.code, `${path}: ${error.message}`, { cause: error });
}

function isNifti(head: Uint8Array): boolean {
  if (head.length < 348) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const size = [view.getInt32(0, true), view.getInt32(0, false)];
  const magic = (at: number) => String.fromCharCode(...head.subarray(at, at + 3));
  return (size.includes(348) && magic(344) === "n+1") || (size.includes(540) && magic(4) === "n+2");
}

function startsWith(bytes: Uint8Array, beginning: readonly number[]): boolean {
  return beginning.every((byte, i) => bytes[i] === byte);
}

function isVisible(file: IntakeFile): boolean {
  return !file.path.split("/").some((part) => /^\.[^.]/.test(part) || part === "__MACOSX");
}
