import { InputError } from "../base/errors.ts";
import type { Acquisition, Geometry, SeriesRef } from "../study/volume.ts";
import type { VolumePlanes } from "../study/volumePlanes.ts";
import type { Warning } from "../study/warning.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { placesOf, readPlanes } from "./readPlanes.ts";
import { type Plane, type Stack, samePositionMm } from "./stack.ts";
import { type Shear, shearOf, straighten } from "./straighten.ts";
import { keepsPlanes, placeInLps, turnToLps } from "./turnToLps.ts";

/** A stack's volume before its pixels are read. */
export interface PlannedVolume extends VolumePlanes {
  /** Whether planes can be read alone: where each is a file of its own, and no turn makes planes of others. */
  readonly isPlanewise: boolean;
}

/**
 * The volume of a stack in Hounsfield units, after the checks of its geometry; its planes are read when they are asked for.
 *
 * @throws InputError TOO_LARGE; when planes are read, DUPLICATE_POSITION, FILE_TRUNCATED, FILE_UNREADABLE,
 * DECODER_DIED and the errors of decodePixels.
 */
export function planVolume(stack: Stack, studyUid: string, settings: IntakeSettings): PlannedVolume {
  const warnings: Warning[] = [];
  checkSize(stack, settings);
  warnings.push(...gaps(stack));
  const tilt = checkTilt(shearOf(stack.planes, stack.normal), stack, settings);
  const { kept, slots } = placesOf(stack.planes);
  const repeats = stack.planes.length - kept.length;
  if (repeats > 0) {
    warnings.push({
      code: "DUPLICATE_SLICES",
      message: `${repeats} slices were there twice with the same pixels; each was taken once.`,
    });
  }
  const { rows, columns } = stack.format;
  const shear = tilt !== null && settings.gantryTilt === "resample" ? shearOf(kept, stack.normal) : null;
  const added = shear?.added ?? [0, 0];
  const asRead = {
    shape: [kept.length, rows + added[0], columns + added[1]] as const,
    geometry: { ...geometryOf(kept, stack), ...(shear && { originMm: shear.originMm }) },
  };
  const { shape, geometry, turn } = placeInLps(asRead);
  if (tilt !== null) warnings.push(tilt);
  warnings.push(...findings(stack, geometry, settings));

  /** Some of the kept planes, moved and turned, as if they were all there are. */
  async function readKept(indices: readonly number[]): Promise<Int16Array> {
    const voxels = await readPlanes(stack, settings, { kept, slots, wanted: indices });
    const part = { shape: [indices.length, rows, columns] as const, geometry: asRead.geometry };
    if (shear === null) return turnToLps({ ...part, voxels }).voxels;
    const shifts = indices.map((z) => shear.shifts[z] as Shear["shifts"][number]);
    const straight = straighten(voxels, part.shape, { shifts, added: shear.added }, settings.lowestHu);
    return turnToLps({ ...part, ...straight }).voxels;
  }
  const isPlanewise = keepsPlanes(turn) && kept.every(({ scanned }) => scanned.instance.frames.length === 1);
  const all = kept.map((_, i) => i);
  const area = shape[1] * shape[2];
  return {
    shape,
    geometry,
    series: seriesRef(stack, studyUid),
    acquisition: acquisitionOf(stack),
    sliceNames: kept.map(sliceName),
    warnings,
    isPlanewise,
    async read(indices) {
      if (isPlanewise) return readKept(indices);
      const voxels = await readKept(all);
      if (indices.length === shape[0] && indices.every((z, i) => z === i)) return voxels;
      const picked = new Int16Array(indices.length * area);
      for (const [i, z] of indices.entries()) picked.set(voxels.subarray(z * area, (z + 1) * area), i * area);
      return picked;
    },
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

function gaps(stack: Stack): Warning[] {
  const [gap] = stack.gaps;
  if (!gap) return [];
  const found = `Series ${stack.seriesUid} skips from ${gap[0].toFixed(1)} mm to ${gap[1].toFixed(1)} mm along its axis, where neighbours stand ${stack.spacingMm.toFixed(2)} mm apart (${stack.gaps.length} such gaps).`;
  const message = `${found} Volumes in ml are wrong there. Export it whole, or raise intake.maxGap.`;
  return [{ code: "SLICE_GAP", message }];
}

/**
 * A tilted gantry shifts each slice against the one before: the positions then do not run along the normal. Such slices are
 * moved to where they stand, or left as if there were no tilt.
 */
function checkTilt({ degrees, added }: Shear, stack: Stack, settings: IntakeSettings): Warning | null {
  if (degrees <= settings.maxTiltDegrees) return null;
  const message = `The slices of series ${stack.seriesUid} are shifted against each other by ${degrees.toFixed(1)}°, as with a tilted gantry.`;
  if (settings.gantryTilt === "ignore") {
    return { code: "GANTRY_TILT", message: `${message} It was read as if there were no tilt.` };
  }
  const { rows, columns } = stack.format;
  checkSize(stack, settings, [rows + added[0], columns + added[1]]);
  return { code: "GANTRY_TILT", message: `${message} Each slice is moved to where it stands.` };
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
