import { InputError } from "../base/errors.ts";
import { type CsvTable, readCsvTable, requireColumns, requireValue } from "./csvTable.ts";
import { type LabelledStudy, type Labels, refuseSpellings, type SliceLabel } from "./labels.ts";

/** What a file of slice labels adds to the studies of a label file. */
export interface SliceLevelLabels extends Labels {
  readonly level: "slice";
  /** How many studies of the label file have no labelled slice; they are left out. */
  readonly unlabelled: number;
}

/**
 * The studies with the labels of their slices; studies without one are left out.
 *
 * Columns: study (a path, study id, UID or accession number of the label file, or a Study Instance UID), slice (SOP Instance UID, file name, or
 * index from the feet counted from 0), and label, or labels: several with ";" between them, empty where the slice shows none.
 * pathsOfUid: finds the studies below the data folder by their UID; asked only if a row names none by path or id. keepsAll:
 * studies without a labelled slice stay, without labels.
 * @throws InputError LABELS_INVALID, LABELS_COLUMN, LABELS_VALUE_MISSING, LABELS_STUDY_UNKNOWN, LABELS_DUPLICATE,
 * LABELS_SPELLING; each names the file and the line.
 */
export async function readSliceLabels(
  path: string,
  studies: readonly LabelledStudy[],
  options: { readonly pathsOfUid: () => Promise<ReadonlyMap<string, string>>; readonly keepsAll?: boolean },
): Promise<SliceLevelLabels> {
  const { pathsOfUid, keepsAll = false } = options;
  const table = await readCsvTable(path);
  const areSeveral = table.columns.includes("labels") && !table.columns.includes("label");
  requireColumns(table, ["study", "slice", areSeveral ? "labels" : "label"]);
  const find = await studyFinder(table, studies, pathsOfUid);
  const labelsOf = new Map<LabelledStudy, Map<string, SliceLabel>>();
  for (const row of table.rows) {
    const study = find(row.line, requireValue(table, row, "study"));
    const slice = requireValue(table, row, "slice");
    const label = areSeveral ? labelsIn(row.values.labels ?? "") : oneLabel(requireValue(table, row, "label"));
    const labels = labelsOf.get(study) ?? new Map<string, SliceLabel>();
    const before = labels.get(slice);
    if (before !== undefined) {
      throw new InputError(
        "LABELS_DUPLICATE",
        `${path} line ${row.line}: this slice is labelled on line ${before.line} already. Remove one of the two rows.`,
      );
    }
    labelsOf.set(study, labels.set(slice, { slice, label, line: row.line }));
  }
  refuseSpellings(
    path,
    [...labelsOf.values()].flatMap((labels) =>
      [...labels.values()].flatMap(({ label, line }) => [label].flat().map((name) => ({ label: name, line }))),
    ),
  );
  const labelled = studies.flatMap((study) => {
    const labels = labelsOf.get(study);
    if (labels === undefined && !keepsAll) return [];
    return [{ ...study, label: null, sliceLabels: [...(labels?.values() ?? [])] }];
  });
  const several = areSeveral ? ({ labels: "several" } as const) : {};
  return { level: "slice", ...several, studies: labelled, unlabelled: studies.length - labelled.length };
}

function oneLabel(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

/** "opacity; streaks": each once, in alphabetical order. */
function labelsIn(text: string): string[] {
  const names = text.split(";").map(oneLabel);
  return [...new Set(names.filter((name) => name !== ""))].sort();
}

async function studyFinder(
  table: CsvTable,
  studies: readonly LabelledStudy[],
  pathsOfUid: () => Promise<ReadonlyMap<string, string>>,
): Promise<(line: number, name: string) => LabelledStudy> {
  const byPath = new Map(studies.map((study) => [study.path, study]));
  const byId = new Map(studies.flatMap((study) => (study.studyId === null ? [] : [[study.studyId, study] as const])));
  const byName = new Map(
    studies.flatMap((study) => (study.name === undefined ? [] : [[study.name.value, study] as const])),
  );
  const known = (name: string) =>
    byId.get(name) ?? byName.get(name) ?? byPath.get(name.replaceAll("\\", "/").replace(/\/$/, ""));
  const isUidNeeded = table.rows.some((row) => known(row.values.study ?? "") === undefined);
  const uids = isUidNeeded ? await pathsOfUid() : new Map<string, string>();
  return (line, name) => {
    const study = known(name) ?? byPath.get(uids.get(name) ?? "");
    if (study !== undefined) return study;
    throw new InputError(
      "LABELS_STUDY_UNKNOWN",
      `${table.path} line ${line}: no study of the label file has this path, study id, Study Instance UID or accession number. Correct it or remove the row.`,
    );
  };
}
