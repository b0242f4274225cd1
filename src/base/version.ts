import { createRequire } from "node:module";

const manifest = createRequire(import.meta.url)("../../package.json") as { version: string };

/** The package's version, as written into every file that the program leaves. */
export const version: string = manifest.version;

/** Stands on every report, page and DICOM object. */
export const researchUseNotice =
  "Research use only. Groundglass is not a medical device; do not use its output to diagnose or treat a patient.";
