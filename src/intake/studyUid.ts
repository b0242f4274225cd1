import { sha256Hex } from "../base/hash.ts";
import type { IntakeFile } from "./intakeFile.ts";
import type { ScannedInstance } from "./scanFiles.ts";

/** DICOM instances by their study's UID; those without one by a hash of their series' UID. */
export function studiesIn(instances: readonly ScannedInstance[]): Map<string, ScannedInstance[]> {
  const studies = new Map<string, ScannedInstance[]>();
  for (const scanned of instances) {
    const { studyUid, seriesUid } = scanned.instance;
    const uid = studyUid || `file:${sha256Hex(seriesUid).slice(0, 32)}`;
    const own = studies.get(uid);
    if (own) own.push(scanned);
    else studies.set(uid, [scanned]);
  }
  return studies;
}

/**
 * "file:" and 32 hexadecimal digits for files that carry no UID: from their names and sizes and the first one's beginning,
 * so that the same files have the same UID wherever they lie, and `scan.nii` of two folders have two.
 */
export async function fileStudyUid(files: readonly IntakeFile[]): Promise<string> {
  const names = files.map((file) => `${file.path.split("/").at(-1)} ${file.sizeBytes}`);
  const beginning = (await files[0]?.head(2 ** 16)) ?? new Uint8Array(0);
  return `file:${sha256Hex([...names, sha256Hex(beginning)].join("\n")).slice(0, 32)}`;
}
