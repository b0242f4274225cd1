import { profileRowOf } from "./confidentialityProfile.ts";

/** What may stay beside what the basic profile lets stay. @source PS3.15 E.3 */
export interface RetainOptions {
  readonly uids: boolean;
  readonly device: boolean;
  readonly institution: boolean;
  /** Sex, age (above 89 years as 90), size, weight and such. */
  readonly patient: boolean;
  /** Descriptions, of which only words that name nobody stay. */
  readonly descriptors: boolean;
  /** Removed; all dates of a subject moved by the same number of days; or as they were. */
  readonly dates: "remove" | "shift" | "keep";
}

export const retainNothing: RetainOptions = {
  uids: false,
  device: false,
  institution: false,
  patient: false,
  descriptors: false,
  dates: "remove",
};

/** What is done with one element. */
export type Action = "keep" | "remove" | "empty" | "dummy" | "uid" | "shift" | "clean" | "pseudonym" | "age";

/** What decides about an element beside its tag. */
export interface ElementKind {
  /** By the file or, where it says none, the dictionary; "UN" where neither knows. */
  readonly vr: string;
  /** Whether the dictionary knows the tag. */
  readonly isStandard: boolean;
  /** Enhanced objects require attributes that others need not have. */
  readonly isEnhanced: boolean;
}

/**
 * What is done with an element: by the table of the basic profile and the options. Where the table allows several actions,
 * the strongest that the type of the attribute in the CT Image objects permits; in Enhanced CT a dummy.
 *
 * Stricter than the table: of attributes that it does not name, names, dates, free text, AE titles and whatever the dictionary
 * does not know go as well, and UIDs that are not the standard's own are replaced.
 * @source PS3.15 E.2, Table E.1-1; PS3.3 A.3, A.38
 */
export function actionOf(tag: string, kind: ElementKind, retain: RetainOptions): Action {
  if (tag === "00100010" || tag === "00100020") return "pseudonym";
  const row = profileRowOf(tag);
  if (row === undefined) return unnamed(kind, retain);
  if (row.isUid && retain.uids) return "keep";
  if (row.isDevice && retain.device) return row.basic === "U" && !retain.uids ? "uid" : "keep";
  if (row.isInstitution && retain.institution) return "keep";
  if (row.patient === "keep" && retain.patient) return tag === "00101010" ? "age" : "keep";
  if (row.isDate && retain.dates !== "remove") return dated(kind, retain);
  if (row.isDescriptor && retain.descriptors && kind.vr !== "SQ") return "clean";
  switch (row.basic) {
    case "X":
      return "remove";
    case "Z":
      return "empty";
    case "D":
      return "dummy";
    case "U":
      return "uid";
    case "X/Z/U":
      return "keep"; // A sequence of references: what stands in it is decided item by item.
    case "X/Z":
      return kind.isEnhanced ? "empty" : "remove";
    case "Z/D":
      return kind.isEnhanced ? "dummy" : "empty";
    default:
      return kind.isEnhanced ? "dummy" : "remove";
  }
}

function unnamed(kind: ElementKind, retain: RetainOptions): Action {
  if (!kind.isStandard) return "remove";
  switch (kind.vr) {
    case "PN":
      return "empty";
    case "DA":
    case "DT":
    case "TM":
      return retain.dates === "remove" ? "remove" : dated(kind, retain);
    case "LT":
    case "ST":
    case "UT":
    case "UR":
    case "AE":
    case "UN":
      return "remove";
    case "UI":
      return "uid";
    default:
      return "keep";
  }
}

/** Times of day stay where dates are moved by whole days. */
function dated({ vr }: ElementKind, { dates }: RetainOptions): Action {
  return dates === "keep" || vr === "TM" ? "keep" : "shift";
}
