import { InputError } from "../base/errors.ts";
import {
  ctImageStorage,
  enhancedCtImageStorage,
  type Instance,
  legacyConvertedCtImageStorage,
} from "../dicom/instance.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { kernelKind } from "./kernel.ts";
import type { ScannedInstance } from "./scanFiles.ts";
import { type Stack, stacksOf } from "./stack.ts";

/** A series that was not read, and why. */
export interface OtherSeries {
  readonly seriesUid: string;
  readonly description?: string;
  readonly reason: string;
}

/** The series to read, why it, and the others with why not. */
export interface ChosenSeries {
  readonly stack: Stack;
  readonly reason: string;
  readonly others: readonly OtherSeries[];
  /** Planes and files of the chosen series that are not in the stack. */
  readonly leftAside: number;
  /** The kernels of all series that could have been read. */
  readonly kernels: readonly string[];
}

/**
 * The axial CT series of a study that a reader of chests would take, in this order: original images, the chest, without
 * gaps, covering most, thin, of the preferred kernel, thinnest, most slices.
 *
 * seriesUid: takes that series instead.
 * @throws InputError NO_CT if no series holds CT images; NO_AXIAL_SERIES if none can be read; SERIES_UNKNOWN if seriesUid is
 * not in the study; SERIES_UNREADABLE if it cannot be read.
 */
export function chooseSeries(
  study: readonly ScannedInstance[],
  settings: IntakeSettings,
  seriesUid?: string,
): ChosenSeries {
  const looked = [...bySeries(study)].map(([uid, series]) => lookAt(uid, series, settings));
  const refused = looked.flatMap((look) => ("reason" in look ? [look] : []));
  const stacks = looked.flatMap((look) => ("stack" in look ? [look] : []));
  if (seriesUid !== undefined) return named(seriesUid, stacks, refused);
  if (stacks.length === 0) throw nothingToRead(refused);
  const coverMm = Math.max(...stacks.map(({ stack }) => stack.lengthMm));
  const ranked = stacks
    .map((look) => ({ look, marks: criteria.map((criterion) => criterion.rank(look.stack, settings, coverMm)) }))
    .sort((a, b) => compare(a.marks, b.marks) || (a.look.stack.seriesUid < b.look.stack.seriesUid ? -1 : 1));
  const [best, ...rest] = ranked as [(typeof ranked)[0], ...typeof ranked];
  const others = rest.map(({ look, marks }) => {
    const decided = criteria.find((_, i) => marks[i] !== best.marks[i]);
    return other(look.stack.instance, decided?.less(look.stack, best.look.stack) ?? "equal; the first UID was taken");
  });
  const why = [
    ...new Set(rest.map(({ marks }) => criteria.find((_, i) => marks[i] !== best.marks[i])?.more ?? "the first UID")),
  ];
  const reason =
    rest.length === 0
      ? "the only axial CT series"
      : `preferred to ${rest.length} other axial CT series: ${why.join(", ")}`;
  const kernels = [...new Set(stacks.flatMap(({ stack }) => stack.instance.kernel ?? []))].sort();
  return { stack: best.look.stack, reason, others: [...others, ...refused], leftAside: best.look.leftAside, kernels };
}

/** Whether an instance is a CT image that a volume can be made of. */
export function isCtImage(instance: Instance): boolean {
  return (
    [ctImageStorage, enhancedCtImageStorage, legacyConvertedCtImageStorage].includes(instance.sopClassUid) ||
    (instance.sopClassUid === "" && instance.modality === "CT")
  );
}

type Look = { readonly stack: Stack; readonly leftAside: number } | OtherSeries;

function bySeries(study: readonly ScannedInstance[]): Map<string, ScannedInstance[]> {
  const series = new Map<string, ScannedInstance[]>();
  for (const scanned of study) {
    const uid = scanned.instance.seriesUid;
    const own = series.get(uid);
    if (own) own.push(scanned);
    else series.set(uid, [scanned]);
  }
  return series;
}

function lookAt(seriesUid: string, series: readonly ScannedInstance[], settings: IntakeSettings): Look {
  const { instance } = series[0] as ScannedInstance;
  const refuse = (reason: string): OtherSeries => ({ ...other(instance, reason), seriesUid });
  const ct = series.filter((scanned) => isCtImage(scanned.instance));
  if (ct.length === 0) {
    return refuse(
      instance.modality === "CT"
        ? "holds no CT images (captures or reports)"
        : `is ${instance.modality || "of no modality"}, not CT`,
    );
  }
  const slices = ct.filter((scanned) => !scanned.instance.imageType.includes("LOCALIZER"));
  if (slices.length === 0) return refuse("is a localizer");
  const stacks = stacksOf(slices, settings.maxGap);
  const axial = stacks.find((stack) => isAxial(stack, settings.maxObliqueDegrees));
  if (stacks.length === 0) return refuse("says of no slice where it stands");
  if (!axial) return refuse("is not axial");
  if (axial.planes.length < settings.minSlices)
    return refuse(`has only ${axial.planes.length} axial ${axial.planes.length === 1 ? "slice" : "slices"}`);
  const frames = series.reduce((sum, scanned) => sum + scanned.instance.frames.length, 0);
  return { stack: axial, leftAside: frames - axial.planes.length };
}

function isAxial(stack: Stack, maxObliqueDegrees: number): boolean {
  return stack.normal[2] >= Math.cos((maxObliqueDegrees * Math.PI) / 180);
}

interface Criterion {
  /** Lower is preferred. */
  rank(stack: Stack, settings: IntakeSettings, coverMm: number): number;
  /** Why the chosen one is, as a part of a sentence. */
  readonly more: string;
  /** Why another is not. */
  less(stack: Stack, best: Stack): string;
}

const criteria: readonly Criterion[] = [
  {
    rank: ({ instance }) => Number(isDerived(instance)),
    more: "original images",
    less: () => "derived from other images (reformatted, projected or averaged)",
  },
  { rank: chestRank, more: "of the chest", less: () => "not said to be of the chest" },
  { rank: (stack) => Number(stack.gaps.length > 0), more: "without gaps", less: () => "has missing slices" },
  {
    rank: (stack, _, coverMm) => Number(stack.lengthMm < 0.85 * coverMm),
    more: "covers more",
    less: (stack, best) => `covers ${mm(stack.lengthMm)} instead of ${mm(best.lengthMm)}`,
  },
  {
    rank: (stack, { thinMm }) => Math.max(thinMm, roundedMm(thicknessMm(stack))),
    more: "thinner",
    less: (stack, best) => `thicker: ${mm(thicknessMm(stack))} instead of ${mm(thicknessMm(best))}`,
  },
  {
    rank: (stack, settings) => ({ [settings.kernel]: 0, unknown: 1 })[kindOf(stack)] ?? 2,
    more: "of the preferred kernel",
    less: (stack, best) =>
      `kernel ${stack.instance.kernel ?? "unknown"} (${kindOf(stack)}) instead of ${best.instance.kernel ?? "unknown"} (${kindOf(best)})`,
  },
  {
    rank: (stack) => roundedMm(thicknessMm(stack)),
    more: "thinner",
    less: (stack, best) => `thicker: ${mm(thicknessMm(stack))} instead of ${mm(thicknessMm(best))}`,
  },
  {
    rank: (stack) => -stack.planes.length,
    more: "more slices",
    less: (stack, best) => `${stack.planes.length} slices instead of ${best.planes.length}`,
  },
  {
    rank: (stack) => stack.instance.seriesNumber ?? Number.MAX_SAFE_INTEGER,
    more: "the lower series number",
    less: () => "equal; has the higher series number",
  },
];

function isDerived({ imageType }: Instance): boolean {
  return imageType[0] === "DERIVED" || imageType.some((part) => /MPR|MIP|PROJECTION|REFORMAT|AVERAGE|CSA/.test(part));
}

/** 0 where the attributes name the chest, 2 where they name another part of the body, else 1. */
export function chestRank({ instance }: Stack): 0 | 1 | 2 {
  const words = [instance.bodyPart, instance.description, instance.protocol].join(" ").toUpperCase();
  if (/CHEST|THORA|THOR|LUNG|PULM|POUMON|TORAX|TORACE/.test(words)) return 0;
  return instance.bodyPart ? 2 : 1;
}

function thicknessMm(stack: Stack): number {
  return Math.max(stack.planes[0]?.frame.sliceThicknessMm ?? 0, stack.spacingMm);
}

const kindOf = (stack: Stack) => kernelKind(stack.instance.kernel, stack.instance.description);
const roundedMm = (value: number) => Math.round(value * 10) / 10;
const mm = (value: number) => `${roundedMm(value)} mm`;

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((mark, at) => mark !== b[at]);
  return i < 0 ? 0 : (a[i] as number) - (b[i] as number);
}

function other(instance: Instance, reason: string): OtherSeries {
  const { seriesUid, description } = instance;
  return { seriesUid, ...(description !== undefined && { description }), reason };
}

function named(
  seriesUid: string,
  stacks: readonly { readonly stack: Stack; readonly leftAside: number }[],
  refused: readonly OtherSeries[],
): ChosenSeries {
  const found = stacks.find(({ stack }) => stack.seriesUid === seriesUid);
  if (found) {
    const rest = stacks.filter((look) => look !== found);
    const others = rest.map(({ stack }) => other(stack.instance, "another series was asked for"));
    return { ...found, kernels: [], reason: "asked for", others: [...others, ...refused] };
  }
  const why = refused.find((series) => series.seriesUid === seriesUid);
  if (why) {
    throw new InputError(
      "SERIES_UNREADABLE",
      `The series asked for cannot be read: it ${why.reason}. Ask for another, or leave the choice to the program.`,
    );
  }
  throw new InputError(
    "SERIES_UNKNOWN",
    `The series asked for is not in this study, which holds ${stacks.length + refused.length} series. Check its UID.`,
  );
}

function nothingToRead(refused: readonly OtherSeries[]): InputError {
  const reasons = [...new Set(refused.map((series) => series.reason))].slice(0, 5).join("; ");
  const why = reasons && ` (${reasons})`;
  if (refused.every((series) => notCt.test(series.reason))) {
    return new InputError(
      "NO_CT",
      `There is no CT series among the ${refused.length} found${why}. Name the folder of a chest CT.`,
    );
  }
  return new InputError(
    "NO_AXIAL_SERIES",
    `None of the ${refused.length} series found can be read${why}. Export the axial chest series with all of its slices.`,
  );
}

/** The reasons that say that a series holds no CT images at all. */
const notCt = /not CT$|^holds no CT images/;
