import { rm, stat } from "node:fs/promises";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { readBytes, readJson, writeFileWhole, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import type { SliceImage } from "../slices/sliceImage.ts";
import { type WholePlanes, wholePlanePx } from "../slices/wholePlanes.ts";
import { attributesSchema, datasetPaths, type PreparedSummary, warningsSchema } from "./dataset.ts";
import { packLungs, unpackLungs } from "./packLungs.ts";

/** A prepared slice but for its pixels. */
export type PreparedSlice = Omit<SliceImage, "pixels" | "lungs">;

/** DATASET/prepared/<caseId>.json, written after the pixels beside it. */
export interface PreparedCase extends Omit<PreparedSummary, "slices"> {
  readonly format: "groundglass-case/1";
  readonly caseId: string;
  /** Of all that decided the result: the program's version, the recipe, the study's files, the slices asked for. */
  readonly key: string;
  readonly kind: "volume" | "pictures";
  readonly studyUid: string;
  /** Of the series that was read, where its file names one. */
  readonly seriesUid?: string | undefined;
  /** Whether the lungs of its slices lie beside its pixels. */
  readonly hasLungs?: boolean | undefined;
  /** The heights of the whole planes that lie beside its pixels; absent for pictures. */
  readonly wholePlanesMm?: readonly number[] | undefined;
  /** A digest of the patient's ID in the study's files; null where they have none. */
  readonly patientDigest: string | null;
  readonly storedPx: number;
  readonly slices: readonly PreparedSlice[];
  /** The index of each slice that was asked for by a label; null where all slices are kept. */
  readonly labelledSlices: Readonly<Record<string, number>> | null;
}

const preparedCaseSchema: z.ZodType<PreparedCase> = z.strictObject({
  format: z.literal("groundglass-case/1"),
  caseId: z.string(),
  key: z.string(),
  kind: z.enum(["volume", "pictures"]),
  studyUid: z.string(),
  seriesUid: z.string().optional(),
  hasLungs: z.boolean().optional(),
  wholePlanesMm: z.array(z.number()).optional(),
  patientDigest: z.string().nullable(),
  storedPx: z.int().positive(),
  slices: z.array(
    z.strictObject({
      sliceIndex: z.int().nonnegative(),
      name: z.string(),
      positionMm: z.number().nullable(),
      lungAreaMm2: z.number().nullable(),
    }),
  ),
  labelledSlices: z.record(z.string(), z.int().nonnegative()).nullable(),
  pixelsSha256: z.string(),
  lungsMl: z.number().nullable(),
  attributes: attributesSchema,
  warnings: warningsSchema,
});

/**
 * A case's prepared slices.
 *
 * pixels: [slices, storedPx, storedPx], grey 0–255.
 * @throws InputError PREPARED_DAMAGED if a file is missing or not as it was written.
 */
export async function readPreparedSlices(
  folder: string,
  caseId: string,
): Promise<{ slices: readonly PreparedSlice[]; pixels: Uint8Array<ArrayBuffer> }> {
  const prepared = await readPreparedCase(folder, caseId);
  const pixels = await readBytes(datasetPaths(folder).pixels(caseId)).catch((error: unknown) => {
    throw damaged(folder, caseId, error);
  });
  if (sha256Hex(pixels) !== prepared.pixelsSha256) throw damaged(folder, caseId);
  return { slices: prepared.slices, pixels };
}

/**
 * Where lung is in a case's prepared slices: [slices, storedPx, storedPx] of 0 and 1; null where lungs were not isolated.
 * @throws InputError PREPARED_DAMAGED.
 */
export async function readPreparedLungs(folder: string, caseId: string): Promise<Uint8Array | null> {
  const prepared = await readPreparedCase(folder, caseId);
  if (prepared.hasLungs !== true) return null;
  try {
    const packed = await readBytes(datasetPaths(folder).lungs(caseId));
    return unpackLungs(packed, prepared.slices.length * prepared.storedPx ** 2);
  } catch (error) {
    throw damaged(folder, caseId, error);
  }
}

/**
 * A volume's whole planes, as wholePlanes made them; null for pictures, and for a case that was prepared before there were any.
 * @throws InputError PREPARED_DAMAGED.
 */
export async function readWholePlanes(folder: string, caseId: string): Promise<WholePlanes | null> {
  const { wholePlanesMm: heightsMm } = await readPreparedCase(folder, caseId);
  if (heightsMm === undefined) return null;
  const pixels = await readBytes(datasetPaths(folder).whole(caseId)).catch((error: unknown) => {
    throw damaged(folder, caseId, error);
  });
  if (pixels.length !== heightsMm.length * wholePlanePx ** 2) throw damaged(folder, caseId);
  return { pixels, heightsMm };
}

/** What is known of a case's prepared slices. @throws InputError PREPARED_DAMAGED if the file is missing or cut short. */
export async function readPreparedCase(folder: string, caseId: string): Promise<PreparedCase> {
  try {
    return await readJson(datasetPaths(folder).caseFile(caseId), preparedCaseSchema);
  } catch (error) {
    throw damaged(folder, caseId, error);
  }
}

/** Whether the case is prepared with this key and its files are whole. */
export async function isPrepared(folder: string, caseId: string, key: string): Promise<boolean> {
  const file = datasetPaths(folder).caseFile(caseId);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  try {
    const { key: standing, kind, wholePlanesMm } = await readPreparedCase(folder, caseId);
    if (standing !== key || (kind === "volume" && wholePlanesMm === undefined)) return false;
    await readPreparedSlices(folder, caseId);
    await readPreparedLungs(folder, caseId);
    await readWholePlanes(folder, caseId);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** What lies beside a case's pixels, where there is any. */
export interface BesidePixels {
  /** [slices, storedPx, storedPx] of 0 and 1. */
  readonly lungs?: Uint8Array | null;
  /** Of the planes whose heights the case names. */
  readonly wholePlanes?: WholePlanes["pixels"] | null;
}

/**
 * Writes a case: its pixels and what lies beside them, then what is known of them, so that a case which was cut short is never
 * taken for whole.
 * @throws as writeFileWhole.
 */
export async function writePreparedCase(
  folder: string,
  prepared: PreparedCase,
  pixels: Uint8Array,
  { lungs = null, wholePlanes = null }: BesidePixels = {},
): Promise<void> {
  const paths = datasetPaths(folder);
  await rm(paths.caseFile(prepared.caseId), { force: true });
  await rm(paths.lungs(prepared.caseId), { force: true });
  await rm(paths.whole(prepared.caseId), { force: true });
  await writeFileWhole(paths.pixels(prepared.caseId), pixels);
  if (lungs !== null) await writeFileWhole(paths.lungs(prepared.caseId), packLungs(lungs));
  if (wholePlanes !== null) await writeFileWhole(paths.whole(prepared.caseId), wholePlanes);
  await writeJson(paths.caseFile(prepared.caseId), prepared);
}

function damaged(folder: string, caseId: string, cause?: unknown): InputError {
  return new InputError(
    "PREPARED_DAMAGED",
    `The prepared slices of ${caseId} in ${folder} are missing or not as they were written. Run groundglass prepare again; it makes anew what is damaged.`,
    { cause },
  );
}
