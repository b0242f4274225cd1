import { InputError } from "../base/errors.ts";
import { orderClasses } from "./classes.ts";
import type { LabelledStudy, Labels, SetName } from "./labels.ts";
import { classTooSmall, findSmallClass, type LabelledCase } from "./splits.ts";

/**
 * The classes of the labels, in the order of decision; checked before any study is read, so that a mistake costs no hours.
 *
 * classes: the user's own order. forPrediction: nothing is learned from these labels, so classes may be small or missing.
 * A study without a subject counts as a subject of its own here; when its patient is known, the classes are counted again.
 * @throws InputError LABELS_CLASS_UNKNOWN, CLASSES_TOO_FEW, CLASS_TOO_SMALL, naming the file and the lines.
 */
export function checkLabels(
  labels: Labels,
  options: {
    readonly labelFile: string;
    readonly classes?: readonly string[] | undefined;
    readonly forPrediction?: boolean;
  },
): readonly string[] {
  const { labelFile } = options;
  const linesOf = linesOfClasses(labels);
  const classes = options.classes ?? orderClasses(linesOf.keys());
  for (const [name, lines] of linesOf) {
    if (classes.includes(name)) continue;
    throw new InputError(
      "LABELS_CLASS_UNKNOWN",
      `${labelFile} line ${lines[0]}: "${name}" is none of the classes ${classes.join(", ")}. Name it among them, or remove its rows.`,
    );
  }
  const unused = classes.find((name) => !linesOf.has(name));
  if (unused !== undefined && options.forPrediction !== true) {
    throw new InputError(
      "LABELS_CLASS_UNKNOWN",
      `${labelFile}: no row is labelled "${unused}", which is named as a class.`,
    );
  }
  if (classes.length < 2 || new Set(classes).size < classes.length) {
    throw new InputError(
      "CLASSES_TOO_FEW",
      `${labelFile}: the classes are ${classes.join(", ")}; two or more different ones are needed.`,
    );
  }
  if (options.forPrediction === true) return classes;
  const small = findSmallClass(labels.studies.map(asCase), givenSplit(labels.studies, identity));
  if (small !== null) {
    throw classTooSmall(small, `${labelFile} line ${linesOf.get(small.name)?.slice(0, 5).join(", ")}: `);
  }
  return classes;
}

/** Which set each subject is in by the label file; undefined where it has no column "split". */
export function givenSplit(
  studies: readonly LabelledStudy[],
  subjectIdOf: (study: LabelledStudy) => string,
): ReadonlyMap<string, SetName> | undefined {
  const given = studies.flatMap((study) => (study.split === null ? [] : [[subjectIdOf(study), study.split] as const]));
  return given.length === 0 ? undefined : new Map(given);
}

/** A subject's or, where it has none, its own. The blank keeps the two apart. */
function identity({ subject, path, studyId }: LabelledStudy): string {
  return subject === null ? `study ${path} ${studyId}` : `subject ${subject}`;
}

function asCase(study: LabelledStudy): LabelledCase {
  const sliceLabels = study.sliceLabels?.map(({ label }, index) => [String(index), label] as const);
  return {
    subjectId: identity(study),
    label: study.label,
    ...(sliceLabels === undefined ? {} : { sliceLabels: Object.fromEntries(sliceLabels) }),
  };
}

function linesOfClasses({ studies }: Labels): Map<string, number[]> {
  const lines = new Map<string, number[]>();
  for (const study of studies) {
    const rows = study.sliceLabels ?? (study.label === null ? [] : [{ label: study.label, line: study.line }]);
    for (const { label, line } of rows) {
      for (const name of [label].flat()) lines.set(name, [...(lines.get(name) ?? []), line]);
    }
  }
  return lines;
}
