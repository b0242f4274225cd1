import { InputError } from "../base/errors.ts";
import type { Acquisition, Geometry, SeriesRef, Volume } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import type { DecodeJob } from "./decodeJob.ts";
import { decodeInPool } from "./decodePool.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { parseLimitsOf } from "./scanFiles.ts";
import { type Plane, type Stack, samePositionMm } from "./stack.ts";
import { type Shear, shearOf, straighten } from "./straighten.ts";
import { type PlacedVoxels, turnToLps } from "./turnToLps.ts";

/**
 * The volume of a stack in Hounsfield units, after the checks of its geometry.
 *
 * @throws InputError SLICE_GAP, DUPLICATE_POSITION, GANTRY_TILT, TOO_LARGE, FILE_TRUNCATED, FILE_UNREADABLE, DECODER_DIED
 * and the errors of decodePixels.
 */
export async function readVolume(stack: Stack, studyUid: string, settings: IntakeSettings): Promise<Volume> {
  const warnings: Warning[] = [];
  checkSize(stack, settings);
  checkGaps(stack, settings, warnings);
  const shear = shearOf(stack.planes, stack.normal);
  const tilt = checkTilt(shear, stack, settings);
  const { voxels, kept } = await readPlanes(stack, settings, warnings);
  const asRead = {
    voxels,
    shape: [kept.length, stack.format.rows, stack.format.columns] as const,
    geometry: geometryOf(kept, stack),
  };
  const isStraightened = tilt?.code === "TILT_RESAMPLED";
  const placed = turnToLps(isStraightened ? straightened(asRead, shearOf(kept, stack.normal), settings) : asRead);
  if (tilt !== null) warnings.push(tilt);
  warnings.push(...findings(stack, placed.geometry, settings));
  return {
    voxels: placed.voxels,
    shape: placed.shape,
    geometry: placed.geometry,
    series: seriesRef(stack, studyUid),
    acquisition: acquisitionOf(stack),
    sliceNames: kept.map(sliceName),
    warnings,
  };
}

function checkSize(
  stack: Stack,
  settings: IntakeSettings,
  [rows, columns] = [stack.format.rows, stack.format.columns],
): void {
  const slices = stack.planes.length;
  const tooMany =
    rows > settings.maxMatrix || columns > settings.maxMatrix
      ? "intake.maxMatrix"
      : slices > settings.maxSlices
        ? "intake.maxSlices"
        : slices * rows * columns > settings.maxVoxels
          ? "intake.maxVoxels"
          : undefined;
  if (tooMany === undefined) return;
  throw new InputError(
    "TOO_LARGE",
    `Series ${stack.seriesUid} has ${slices} slices of ${rows} × ${columns}, more than ${tooMany} allows. If it is honest, raise it.`,
  );
}

function checkGaps(stack: Stack, settings: IntakeSettings, warnings: Warning[]): void {
  const [gap] = stack.gaps;
  if (!gap) return;
  const message = `Series ${stack.seriesUid} skips from ${gap[0].toFixed(1)} mm to ${gap[1].toFixed(1)} mm along its axis, where neighbours stand ${stack.spacingMm.toFixed(2)} mm apart (${stack.gaps.length} such gaps).`;
  if (settings.sliceGap === "refuse") {
    throw new InputError("SLICE_GAP", `${message} Export it whole, or raise intake.maxGap.`);
  }
  warnings.push({ code: "SLICES_MISSING", message: `${message} Volumes in ml are wrong there.` });
}

/**
 * A tilted gantry shifts each slice against the one before: the positions then do not run along the normal. Such slices are
 * moved to where they stand, left as if there were no tilt, or refused.
 */
function checkTilt({ degrees, added }: Shear, stack: Stack, settings: IntakeSettings): Warning | null {
  if (degrees <= settings.maxTiltDegrees) return null;
  const message = `The slices of series ${stack.seriesUid} are shifted against each other by ${degrees.toFixed(1)}°, as with a tilted gantry.`;
  if (settings.gantryTilt === "refuse") {
    throw new InputError(
      "GANTRY_TILT",
      `${message} Export a series without tilt, or set intake.gantryTilt to "resample" to straighten it.`,
    );
  }
  if (settings.gantryTilt === "ignore") {
    return { code: "TILT_IGNORED", message: `${message} It was read as if there were no tilt.` };
  }
  const { rows, columns } = stack.format;
  checkSize(stack, settings, [rows + added[0], columns + added[1]]);
  return { code: "TILT_RESAMPLED", message: `${message} Each slice was moved to where it stands.` };
}

function straightened(asRead: PlacedVoxels, shear: Shear, { lowestHu }: IntakeSettings): PlacedVoxels {
  const straight = straighten(asRead.voxels, asRead.shape, shear, lowestHu);
  return { ...straight, geometry: { ...asRead.geometry, originMm: shear.originMm } };
}

interface ReadPlanes {
  readonly voxels: Int16Array;
  /** One plane per position, in order. */
  readonly kept: readonly Plane[];
}

async function readPlanes(stack: Stack, settings: IntakeSettings, warnings: Warning[]): Promise<ReadPlanes> {
  const { rows, columns } = stack.format;
  const size = rows * columns;
  const kept: Plane[] = [];
  const slots = stack.planes.map((plane) => {
    const before = kept.at(-1);
    if (!before || plane.alongMm - before.alongMm >= samePositionMm) kept.push(plane);
    return kept.length - 1;
  });
  const voxels = sharedVoxels(kept.length * size);
  const repeats: { readonly slot: number; readonly plane: Plane; readonly frame: Int16Array }[] = [];
  const targetOf = (at: number) => {
    const [plane, slot] = [stack.planes[at] as Plane, slots[at] as number];
    if (plane === kept[slot]) return voxels.subarray(slot * size, (slot + 1) * size);
    const frame = sharedVoxels(size);
    repeats.push({ slot, plane, frame });
    return frame;
  };
  const jobs = jobsOf(stack.planes);
  await decodeInPool(jobs.length, {
    workers: settings.decodeWorkers,
    timeoutMs: settings.decodeTimeoutMs,
    job: (index) => decodeJob(stack, jobs[index] as readonly number[], { settings, targetOf }),
  });
  for (const { slot, plane, frame } of repeats) {
    const own = voxels.subarray(slot * size, (slot + 1) * size);
    if (own.every((hu, i) => hu === frame[i])) continue;
    throw new InputError(
      "DUPLICATE_POSITION",
      `Series ${stack.seriesUid} has two different slices at ${plane.alongMm.toFixed(1)} mm: ${(kept[slot] as Plane).scanned.file.path} and ${plane.scanned.file.path}. Keep one of them, or export the acquisitions as series of their own.`,
    );
  }
  if (repeats.length > 0) {
    warnings.push({
      code: "DUPLICATE_SLICES",
      message: `${repeats.length} slices were there twice with the same pixels; each was taken once.`,
    });
  }
  return { voxels, kept };
}

/** Indices of planes by the file they are in, in the order of the first of each. */
function jobsOf(planes: readonly Plane[]): number[][] {
  const byFile = new Map<unknown, number[]>();
  planes.forEach((plane, i) => {
    const own = byFile.get(plane.scanned.file);
    if (own) own.push(i);
    else byFile.set(plane.scanned.file, [i]);
  });
  return [...byFile.values()];
}

/** Memory that threads share. */
function sharedVoxels(count: number): Int16Array<SharedArrayBuffer> {
  return new Int16Array(new SharedArrayBuffer(2 * count));
}

async function decodeJob(
  stack: Stack,
  indices: readonly number[],
  { settings, targetOf }: { settings: IntakeSettings; targetOf: (plane: number) => DecodeJob["targets"][number] },
): Promise<DecodeJob> {
  const planes = indices.map((i) => stack.planes[i] as Plane);
  const { file, instance } = (planes[0] as Plane).scanned;
  return {
    path: file.path,
    source: file.diskPath ? { diskPath: file.diskPath } : { bytes: await file.whole() },
    instance,
    frames: planes.map((plane) => plane.frameIndex),
    targets: indices.map(targetOf),
    lowestHu: settings.lowestHu,
    limits: parseLimitsOf(settings),
  };
}

function geometryOf(kept: readonly Plane[], stack: Stack): Geometry {
  const [first, last] = [kept[0], kept.at(-1)] as [Plane, Plane];
  const [rowMm, columnMm] = first.frame.pixelSpacingMm;
  const spacingMm = kept.length > 1 ? (last.alongMm - first.alongMm) / (kept.length - 1) : thicknessOf(first);
  return {
    originMm: first.frame.positionMm,
    spacingMm: [spacingMm, rowMm, columnMm],
    axes: [stack.normal, first.frame.columnDirection, first.frame.rowDirection],
  };
}

const thicknessOf = (plane: Plane) => plane.frame.sliceThicknessMm ?? 1;

/** What a reader must weigh but can live with. */
function findings(stack: Stack, geometry: Geometry, settings: IntakeSettings): Warning[] {
  const warnings: Warning[] = [];
  const [spacingMm] = geometry.spacingMm;
  const thickMm = Math.max(spacingMm, thicknessOf(stack.planes[0] as Plane));
  if (thickMm > settings.thickMm) {
    warnings.push({
      code: "THICK_SLICES",
      message: `The slices are ${thickMm.toFixed(1)} mm thick or apart; small lesions may lie between them.`,
    });
  }
  const steps = stack.planes.slice(1).map((plane, i) => plane.alongMm - (stack.planes[i] as Plane).alongMm);
  const isUneven = steps.some(
    (step) => step >= samePositionMm && Math.abs(step - stack.spacingMm) > 0.1 * stack.spacingMm,
  );
  if (isUneven && stack.gaps.length === 0) {
    warnings.push({
      code: "UNEVEN_SPACING",
      message: `Neighbouring slices stand ${Math.min(...steps.filter((step) => step >= samePositionMm)).toFixed(2)} to ${Math.max(...steps).toFixed(2)} mm apart; they are treated as evenly spaced.`,
    });
  }
  const { planes } = stack;
  if (planes.some((plane) => plane.scanned.instance.isLossy)) {
    warnings.push({
      code: "LOSSY_COMPRESSION",
      message: "The images were compressed with loss; fine texture may be gone.",
    });
  }
  const isHu = (type: string | undefined) => type === undefined || type === "HU";
  const hasNoHu = planes.some(
    ({ frame, scanned: { instance } }) =>
      (!frame.hasRescale && !instance.pixels?.modalityLut) || !isHu(instance.rescaleType),
  );
  if (hasNoHu) {
    warnings.push({
      code: "NOT_HOUNSFIELD",
      message: "The files do not say how stored values become Hounsfield units; the values may be off.",
    });
  }
  return warnings;
}

function seriesRef({ instance, planes }: Stack, studyUid: string): SeriesRef {
  const { description, kernel, manufacturer, modelName } = instance;
  const sliceThicknessMm = planes[0]?.frame.sliceThicknessMm;
  return {
    studyUid,
    seriesUid: instance.seriesUid,
    modality: "CT",
    ...(description !== undefined && { description }),
    ...(kernel !== undefined && { kernel }),
    ...(sliceThicknessMm !== undefined && { sliceThicknessMm }),
    ...(manufacturer !== undefined && { manufacturer }),
    ...(modelName !== undefined && { modelName }),
  };
}

function acquisitionOf({ instance }: Stack): Acquisition {
  const { sex, ageYears, studyYear, tubeVoltageKv, hasBurnedInAnnotation, pixels } = instance;
  return {
    fileFormat: "DICOM",
    hasContrastMedium: instance.hasContrastMedium,
    isLossy: instance.isLossy,
    ...(sex !== undefined && { sex }),
    ...(ageYears !== undefined && { ageYears }),
    ...(studyYear !== undefined && { studyYear }),
    ...(tubeVoltageKv !== undefined && { tubeVoltageKv }),
    ...(pixels !== undefined && { bitsStored: pixels.bitsStored }),
    ...(hasBurnedInAnnotation !== undefined && { hasBurnedInAnnotation }),
  };
}

function sliceName({ scanned, frameIndex }: Plane): string {
  const uid = scanned.instance.sopInstanceUid || scanned.file.path;
  return scanned.instance.frames.length > 1 ? `${uid}#${frameIndex + 1}` : uid;
}
