import type { Case, Dataset } from "../dataset/dataset.ts";
import type { PreparedCase } from "../dataset/preparedSlices.ts";
import { type Splits, setNames } from "../dataset/splits.ts";
import type { Finding } from "./audit.ts";
import type { CopiedPair } from "./findCopies.ts";
import { findTwins } from "./findTwins.ts";

const mostListed = 20;
/** One patient ID for this share of all subjects, and five at least, stands for "no ID". */
const placeholderShare = 0.2;
/**
 * A column groups what belongs together where it keeps this share of its repeated values within one set, and chance would
 * do so less often than this.
 */
const [groupingShare, groupingChance] = [0.8, 0.001];

/** In which set of which fold a subject is. fold: the only one that counts; undefined: all. */
interface Sets {
  /** The sets that two subjects are parted by, in words; null where they are in one set in each fold. */
  parted(a: string, b: string): string | null;
}

/**
 * Signs that one person is two subjects: equal UIDs, one patient ID, equal images, equal persons, a group of the label file in
 * two sets. They block a training where the two are in different sets.
 */
export function findLeaks(
  { dataset, splits, fold }: { readonly dataset: Dataset; readonly splits: Splits; readonly fold: number | undefined },
  prepared: ReadonlyMap<string, PreparedCase>,
  copies: readonly CopiedPair[],
): Finding[] {
  const sets = setsOf(splits, fold);
  return [
    ...sharedUids(dataset, prepared, sets),
    ...sharedPatients(dataset, prepared, sets),
    ...copiedImages(dataset, copies, sets),
    ...twins(dataset, sets),
    ...splitGroups(dataset, splits, fold),
  ];
}

function setsOf(splits: Splits, only: number | undefined): Sets {
  const folds = splits.folds.map(
    (fold) => new Map(setNames.flatMap((set) => fold[set].map((subject) => [subject, set] as const))),
  );
  return {
    parted(a, b) {
      const index = folds.findIndex((fold, i) => (only === undefined || i === only) && fold.get(a) !== fold.get(b));
      if (index < 0) return null;
      return `${folds[index]?.get(a)} and ${folds[index]?.get(b)}${folds.length > 1 ? ` (fold ${index})` : ""}`;
    },
  };
}

function sharedUids(dataset: Dataset, prepared: ReadonlyMap<string, PreparedCase>, sets: Sets): Finding[] {
  const holders = new Map<string, Case[]>();
  for (const one of dataset.cases) {
    const known = prepared.get(one.caseId);
    const instances = known?.slices.map(({ name }) => name).filter((name) => /^\d+(\.\d+)+(#\d+)?$/.test(name)) ?? [];
    for (const uid of new Set([one.studyUid, known?.seriesUid, ...instances])) {
      if (uid === undefined) continue;
      const own = holders.get(uid);
      if (own === undefined) holders.set(uid, [one]);
      else own.push(one);
    }
  }
  const pairs = pairsOf([...holders.values()], sets);
  return leakFindings(pairs, {
    code: "AUDIT_LEAK_UID",
    what: (count) =>
      `${count} share a study, series or image UID with a study of another subject: they are the same images`,
    act: "Give both rows of the label file the same subject, or remove one; then prepare again.",
  });
}

function sharedPatients(dataset: Dataset, prepared: ReadonlyMap<string, PreparedCase>, sets: Sets): Finding[] {
  const holders = new Map<string, Case[]>();
  for (const one of dataset.cases) {
    const digest = prepared.get(one.caseId)?.patientDigest;
    if (!digest) continue;
    const own = holders.get(digest);
    if (own === undefined) holders.set(digest, [one]);
    else own.push(one);
  }
  const subjects = new Set(dataset.cases.map(({ subjectId }) => subjectId)).size;
  const groups = [...holders.values()].filter((group) => {
    const own = new Set(group.map(({ subjectId }) => subjectId)).size;
    return own < Math.max(5, placeholderShare * subjects);
  });
  return leakFindings(pairsOf(groups, sets), {
    code: "AUDIT_LEAK_PATIENT_ID",
    what: (count) => `${count} carry the same patient ID as a study of another subject`,
    act: "Give their rows of the label file the same subject; then prepare again.",
  });
}

function copiedImages(dataset: Dataset, copies: readonly CopiedPair[], sets: Sets): Finding[] {
  const byId = new Map(dataset.cases.map((one) => [one.caseId, one]));
  const pairs = copies.flatMap(({ caseIds: [a, b], correlation }): Pair[] => {
    const [one, other] = [byId.get(a), byId.get(b)];
    if (one === undefined || other === undefined) return [];
    return [
      {
        a: one,
        b: other,
        parted: sets.parted(one.subjectId, other.subjectId),
        said: `correlation ${correlation.toFixed(2)}`,
      },
    ];
  });
  return leakFindings(pairs, {
    code: "AUDIT_LEAK_IMAGES",
    what: (count) =>
      `${count} show the same images as a study of another subject (their detail correlates as only copies do, whatever window, size, compression or crop)`,
    act: "Look at the pairs. Give the same subject to both rows of the label file, or remove one; then prepare again.",
  });
}

function twins(dataset: Dataset, sets: Sets): Finding[] {
  const { pairs, fields } = findTwins(dataset.cases);
  const found = pairs.map(([a, b]): Pair => ({ a, b, parted: sets.parted(a.subjectId, b.subjectId), said: "" }));
  return leakFindings(found, {
    code: "AUDIT_LEAK_PERSON",
    what: (count) =>
      `${count} are of a person with the same ${fields.join(", ")} as another subject, which chance would hardly bring about`,
    act: "Check whether they are one person. If so, give them the same subject; then prepare again.",
  });
}

/** A column that groups what belongs together (a publication, a patient), and its values that are in two sets all the same. */
function splitGroups({ cases }: Dataset, splits: Splits, only: number | undefined): Finding[] {
  const columns = new Set(cases.flatMap((one) => Object.keys(one.columns ?? {})));
  const fold = splits.folds[only ?? 0];
  if (fold === undefined) return [];
  const setOf = new Map(setNames.flatMap((set) => fold[set].map((subject) => [subject, set] as const)));
  const shares = setNames.map((set) => fold[set].length / setOf.size);
  /** How probable it is that at most so many groups of subjects are in several sets, were subjects dealt out at random. */
  const chanceOfGrouping = (sizes: readonly number[], mostAcross: number) => {
    let chances = [1];
    for (const size of sizes) {
      const within = shares.reduce((sum, share) => sum + share ** size, 0);
      chances = Array.from(
        { length: chances.length + 1 },
        (_, k) => (chances[k] ?? 0) * within + (chances[k - 1] ?? 0) * (1 - within),
      );
    }
    return chances.slice(0, mostAcross + 1).reduce((sum, chance) => sum + chance, 0);
  };
  return [...columns].flatMap((column): Finding[] => {
    const groups = new Map<string, Case[]>();
    for (const one of cases) {
      const value = one.columns?.[column];
      if (typeof value !== "string") continue;
      const own = groups.get(value);
      if (own === undefined) groups.set(value, [one]);
      else own.push(one);
    }
    const repeated = [...groups].filter(([, own]) => subjectsOf(own) > 1);
    const across = repeated.filter(([, own]) => new Set(own.map(({ subjectId }) => setOf.get(subjectId))).size > 1);
    const isGrouping =
      repeated.length - across.length >= groupingShare * repeated.length &&
      chanceOfGrouping(
        repeated.map(([, own]) => subjectsOf(own)),
        across.length,
      ) < groupingChance;
    if (!isGrouping || across.length === 0) return [];
    const listed = across.slice(0, mostListed).map(([value, own]) => {
      const counts = setNames.flatMap((set) => {
        const count = own.filter(({ subjectId }) => setOf.get(subjectId) === set).length;
        return count === 0 ? [] : [`${count} in ${set}`];
      });
      return `${value} (${counts.join(", ")})`;
    });
    return [
      {
        code: "AUDIT_LEAK_GROUP",
        severity: "blocking",
        message: `The label file's column "${column}" keeps ${repeated.length - across.length} of ${repeated.length} groups within one set, but not ${listed.join(", ")}.`,
        act: `If "${column}" names a patient or a source, name it with --subject-column ${column}, or move the group into one set; then prepare again.`,
        caseIds: across.flatMap(([, own]) => own.map(({ caseId }) => caseId)).slice(0, mostListed),
      },
    ];
  });
}

const subjectsOf = (cases: readonly Case[]) => new Set(cases.map(({ subjectId }) => subjectId)).size;

interface Pair {
  readonly a: Case;
  readonly b: Case;
  readonly parted: string | null;
  readonly said: string;
}

/** Each case that shares something with a case of another subject, with one such case: with one in another set, if there is one. */
function pairsOf(groups: readonly (readonly Case[])[], sets: Sets): Pair[] {
  const found = new Map<string, Pair>();
  for (const group of groups) {
    for (const [i, a] of group.entries()) {
      for (const b of group.slice(i + 1)) {
        if (a.subjectId === b.subjectId) continue;
        const key = `${a.caseId} ${b.caseId}`;
        if (!found.has(key)) found.set(key, { a, b, parted: sets.parted(a.subjectId, b.subjectId), said: "" });
      }
    }
  }
  return [...found.values()];
}

/** One finding for pairs in different sets, which block, and one for pairs within a set. */
function leakFindings(
  pairs: readonly Pair[],
  words: { readonly code: string; readonly what: (count: string) => string; readonly act: string },
): Finding[] {
  return [true, false].flatMap((isParted): Finding[] => {
    const own = pairs.filter(({ parted }) => (parted !== null) === isParted);
    if (own.length === 0) return [];
    const count = new Set(own.flatMap(({ a, b }) => [a.caseId, b.caseId])).size;
    const listed = own.slice(0, 5).map(({ a, b, parted, said }) => {
      const notes = [parted, said, a.label !== b.label ? "labelled differently" : ""].filter((note) => note);
      return `${a.path} and ${b.path}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
    });
    const more = own.length > 5 ? ` and ${own.length - 5} more pairs` : "";
    const consequence = isParted
      ? "A network is tested on what it was trained on"
      : "They count twice, and intervals come out too narrow";
    return [
      {
        code: words.code,
        severity: isParted ? "blocking" : "serious",
        message: `${words.what(`${count} studies`)}. ${consequence}: ${listed.join(", ")}${more}.`,
        act: words.act,
        caseIds: [...new Set(own.flatMap(({ a, b }) => [a.caseId, b.caseId]))].slice(0, mostListed),
      },
    ];
  });
}
