import { InputError } from "../../base/errors.ts";
import type { IntakeSettings } from "../../intake/intakeSettings.ts";
import { readStudy, type StudyReading } from "../../intake/readStudy.ts";
import type { StudySource } from "../../intake/studySource.ts";
import { weighFindings } from "../../intake/weighFindings.ts";
import { isolateLungs } from "../../lungs/isolateLungs.ts";
import type { LungMask } from "../../lungs/lungMask.ts";
import type { LungSettings } from "../../lungs/lungSettings.ts";
import { studyAttributes } from "../../slices/studyAttributes.ts";
import type { StudyImages } from "../../study/volume.ts";
import type { Warning } from "../../study/warning.ts";
import { attentionTo } from "./attention.ts";
import type { InspectedStudy } from "./inspection.ts";

/** Where a study lies, as findStudies says. */
export interface StudyPlace {
  readonly path: string;
  /** What readStudy is given. */
  readonly fullPath: string;
  /** Where others lie beside it: what it alone is read from. */
  readonly sources?: readonly StudySource[] | undefined;
  readonly kind: "dicom" | "nifti" | "pictures" | "zip";
  readonly studyUid: string;
}

export interface InspectStudyOptions {
  /** How lungs are isolated; method "none" leaves them out. */
  readonly lungs: LungSettings;
  readonly intake: Partial<IntakeSettings>;
  /** Read this series, where the study has it. */
  readonly seriesUid?: string | undefined;
}

/** What was found of a study, and its images with its lungs where it could be read. */
export interface StudyInspection {
  readonly study: InspectedStudy;
  readonly seen: { readonly images: StudyImages; readonly mask: LungMask | null } | null;
}

/** Reads a study, looks for its lungs and tells what was found. An InputError becomes the study's `error`. */
export async function inspectStudy(place: StudyPlace, options: InspectStudyOptions): Promise<StudyInspection> {
  try {
    return await readAndLook(place, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The series asked for is another study's.
    if (error.code === "SERIES_UNKNOWN") return inspectStudy(place, { ...options, seriesUid: undefined });
    return { study: unreadable(place, error), seen: null };
  }
}

/** The row of a study, file or folder that cannot be read. */
export function unreadable(
  place: Pick<StudyPlace, "path"> & Partial<Pick<StudyPlace, "kind" | "studyUid">>,
  { code, message }: Pick<InputError, "code" | "message">,
): InspectedStudy {
  const error = { code, message };
  return {
    path: place.path,
    kind: place.kind ?? "unreadable",
    studyUid: place.studyUid ?? null,
    error,
    series: null,
    attributes: {},
    lungs: null,
    label: null,
    set: null,
    warnings: [],
    attention: attentionTo({ error, warnings: [], lungs: null }),
  };
}

async function readAndLook(place: StudyPlace, options: InspectStudyOptions): Promise<StudyInspection> {
  const { intake, seriesUid } = options;
  const reading = await readStudy(place.fullPath, {
    intake,
    ...(place.kind === "nifti" || place.kind === "pictures" ? {} : { studyUid: place.studyUid }),
    ...(seriesUid === undefined ? {} : { seriesUid }),
    ...(place.sources === undefined ? {} : { sources: place.sources }),
  });
  const { images } = reading;
  const mask =
    images.kind === "pictures" || options.lungs.method === "none"
      ? null
      : await isolateLungs(images.volume, options.lungs);
  const warnings = unique([...reading.warnings, ...weighFindings(mask?.warnings ?? [], intake.findings)]);
  const lungs = mask && {
    totalMl: rounded(mask.volumeMl),
    rightMl: rounded(mask.rightMl),
    leftMl: rounded(mask.leftMl),
    quality: mask.quality.score,
  };
  const study: InspectedStudy = {
    path: place.path,
    kind: place.kind,
    studyUid: reading.studyUid,
    error: null,
    series: seriesOf(reading),
    attributes: studyAttributes(images, mask),
    lungs,
    label: null,
    set: null,
    warnings,
    attention: attentionTo({ error: null, warnings, lungs }),
  };
  return { study, seen: { images, mask } };
}

function seriesOf({ seriesChoice }: StudyReading): InspectedStudy["series"] {
  if (seriesChoice === null) return null;
  const { read, reason, others } = seriesChoice;
  return {
    seriesUid: read.seriesUid,
    description: read.description ?? null,
    reason,
    others: others.map((other) => ({
      seriesUid: other.seriesUid,
      description: other.description ?? null,
      reason: other.reason,
    })),
  };
}

/** The isolation's own score, where it gives one. */
const rounded = (value: number) => Math.round(value * 10) / 10;

function unique(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map(({ code, message }) => [`${code} ${message}`, { code, message }])).values()];
}
