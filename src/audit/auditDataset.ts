import { readBytes, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { noProgress, type Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { type Dataset, datasetPaths } from "../dataset/dataset.ts";
import type { PreparedCase } from "../dataset/preparedSlices.ts";
import { readDataset } from "../dataset/readDataset.ts";
import { type Audit, auditPath, type Finding, severities } from "./audit.ts";
import { copiedPairs } from "./copiedPairs.ts";
import type { StudySignature } from "./findCopies.ts";
import { type LabelledItems, labelledItems } from "./labelledItems.ts";
import { findLeaks } from "./leaks.ts";
import { outsideFeatures, outsideWidth } from "./outsideFeatures.ts";
import { type CaseImages, eachCase, signatureOfCase, wholeSignaturesOf } from "./readImages.ts";
import { createSelfTester, type SelfTester } from "./selfTests.ts";
import { fewestSubjects, findShortcuts } from "./shortcuts.ts";
import type { WholeSignature } from "./wholeSignature.ts";

export interface AuditOptions {
  /** The file to write; DATASET/audit.json by default, null for none. */
  readonly out?: string | null | undefined;
  /** Whether to try a quick model on the data, too. */
  readonly selfTests?: boolean | undefined;
  /** The fold whose sets count for leaks; all by default. */
  readonly fold?: number | undefined;
  readonly seed?: number | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * What is wrong with a prepared data set: subjects in two sets, shortcuts to the label, and what a quick model makes of the
 * images. Writes audit.json beside dataset.json, which stays as it is.
 * @throws InputError as readDataset; PREPARED_DAMAGED; as writeFileWhole.
 */
export async function auditDataset(folder: string, options: AuditOptions = {}): Promise<Audit> {
  const { selfTests = true, fold, seed = 1, progress = noProgress, out = auditPath(folder) } = options;
  const paths = datasetPaths(folder);
  const { dataset, splits } = await readDataset(folder);
  const items = labelledItems(dataset);
  const seen = await lookAtImages(folder, dataset, { items, selfTests, seed, progress });
  const copies = copiedPairs(seen.signatures, (share) => progress({ stage: "comparing", done: share, total: 1 }));
  progress({ stage: "comparing", done: 1, total: 1 });
  const leaks = findLeaks({ dataset, splits, fold }, seen.prepared, copies);
  const notTested = [...seen.notTested];
  const isLarge = items.subjects >= fewestSubjects;
  if (!isLarge) {
    notTested.push(
      `Shortcuts: ${items.subjects} subjects are too few to tell them from chance; ${fewestSubjects} are needed.`,
    );
  }
  const tell = (share: number) => progress({ stage: "testing", done: share, total: 1 });
  const { tests, findings } = isLarge
    ? findShortcuts(dataset, items, { outside: seen.outside, seed, tell })
    : { tests: [], findings: [] };
  tell(1);
  const tested = seen.tester === null || !isLarge ? null : seen.tester.run(progress);
  const audit: Audit = {
    format: "groundglass-audit/1",
    groundglassVersion: version,
    dataset: {
      sha256: sha256Hex(await readBytes(paths.dataset)),
      splitsSha256: sha256Hex(await readBytes(paths.splits)),
    },
    subjects: items.subjects,
    studies: dataset.cases.length,
    slices: dataset.cases.reduce((sum, { prepared }) => sum + prepared.slices, 0),
    findings: bySeverity([...leaks, ...findings, ...(tested?.findings ?? [])]),
    shortcuts: tests,
    selfTests: tested?.tests ?? null,
    notTested,
  };
  if (out !== null) await writeJson(out, audit);
  return audit;
}

interface Seen {
  readonly signatures: { readonly prepared: readonly StudySignature[]; readonly whole: readonly WholeSignature[] };
  readonly prepared: ReadonlyMap<string, PreparedCase>;
  /** [items, outsideWidth]; null where nothing is left outside the lungs. */
  readonly outside: Float64Array | null;
  readonly tester: SelfTester | null;
  readonly notTested: readonly string[];
}

/** The one pass over the pixels. */
async function lookAtImages(
  folder: string,
  dataset: Dataset,
  options: {
    readonly items: LabelledItems;
    readonly selfTests: boolean;
    readonly seed: number;
    readonly progress: Progress;
  },
): Promise<Seen> {
  const { items, selfTests, seed, progress } = options;
  const signatures: { prepared: StudySignature[]; whole: WholeSignature[] } = { prepared: [], whole: [] };
  const unseen = { volumesWithoutPlanes: 0, volumesWithoutLungs: 0 };
  const prepared = new Map<string, PreparedCase>();
  const outside = new Float64Array(items.count * outsideWidth);
  const tester = selfTests ? createSelfTester(items, seed) : null;
  const total = dataset.cases.length;
  await eachCase(folder, dataset, (images, index) => {
    prepared.set(images.one.caseId, images.prepared);
    signatures.prepared.push(signatureOfCase(images));
    const whole = wholeSignaturesOf(images);
    signatures.whole.push(...whole);
    if (images.prepared.kind === "volume" && whole.length === 0) {
      if (images.whole === null) unseen.volumesWithoutPlanes++;
      else unseen.volumesWithoutLungs++;
    }
    for (const { item, slices } of itemsOfCase(images, items, index)) {
      outside.set(outsideFeatures(images, slices), item * outsideWidth);
      tester?.add(item, images, slices);
    }
    progress({ stage: "looking", done: index + 1, total });
  });
  const isBlank = dataset.recipe.outsideLungs === "blank" && dataset.recipe.lungs.method !== "none";
  const notTested = isBlank
    ? ["What lies outside the lungs: the recipe blanks it, so that a network does not see it."]
    : [];
  const { volumesWithoutPlanes, volumesWithoutLungs } = unseen;
  if (volumesWithoutPlanes > 0) {
    notTested.push(
      `Copies by whole slices: ${volumesWithoutPlanes} of ${total} studies were prepared by an earlier version, so copies that were changed in several ways may be missed. Run groundglass prepare again.`,
    );
  }
  if (volumesWithoutLungs > 0) {
    notTested.push(
      `Copies by whole slices: ${volumesWithoutLungs} of ${total} studies show nothing within their lungs (a window for soft tissue, perhaps); only their prepared slices were compared.`,
    );
  }
  return { signatures, prepared, outside: isBlank ? null : outside, tester, notTested };
}

/** The items of a case, each with the prepared slices that carry its label. */
function itemsOfCase(
  { one, prepared }: CaseImages,
  items: LabelledItems,
  index: number,
): { readonly item: number; readonly slices: readonly number[] }[] {
  return Array.from(items.caseOf.keys()).flatMap((item) => {
    if (items.caseOf[item] !== index) return [];
    const name = items.classes[items.label[item] as number];
    const slices = prepared.slices.flatMap(({ sliceIndex }, place) =>
      one.label !== null || [one.sliceLabels?.[String(sliceIndex)]].flat().includes(name) ? [place] : [],
    );
    return [{ item, slices }];
  });
}

function bySeverity(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
