import { sha256Hex } from "../base/hash.ts";

/** The name by which a subject goes in a dataset. id: of the patient, the label file or the study. */
export function subjectOf(id: string): string {
  return `subject-${sha256Hex(id).slice(0, 12)}`;
}
