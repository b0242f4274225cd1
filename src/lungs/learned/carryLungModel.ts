import { join, resolve } from "node:path";
import { readBytes, writeFileWhole } from "../../base/files.ts";
import { sha256Hex } from "../../base/hash.ts";
import type { LungSettings } from "../lungSettings.ts";
import { placed, readLungModel, readLungModelBytes } from "./readLungModel.ts";

/** The name that a lung model's ONNX file has in a dataset and in a classifier. */
export const lungModelFile = "lungs.onnx";

/** The settings with the description of their model in it, where they only name its file. @throws as readLungModel. */
export async function withLungModel(lungs: LungSettings): Promise<LungSettings> {
  if (lungs.method !== "learned" || typeof lungs.model !== "string") return lungs;
  return { ...lungs, model: await readLungModel(lungs.model) };
}

/** The settings as they stand in a folder that holds the model's file: the same wherever the folder is. */
export function portableLungs(lungs: LungSettings): LungSettings {
  if (lungs.method !== "learned" || typeof lungs.model === "string") return lungs;
  return { ...lungs, model: { ...lungs.model, file: lungModelFile } };
}

/** The settings of a folder that holds the model's file, with the file's whole path. */
export function locatedLungs(lungs: LungSettings, folder: string): LungSettings {
  if (lungs.method !== "learned" || typeof lungs.model === "string") return lungs;
  return { ...lungs, model: { ...lungs.model, file: placed(lungs.model.file, resolve(folder)) } };
}

/** Puts the model's file into a folder, where the settings have one. @throws as readLungModelBytes and writeFileWhole. */
export async function copyLungModel(lungs: LungSettings, folder: string): Promise<void> {
  if (lungs.method !== "learned" || typeof lungs.model === "string") return;
  const target = join(folder, lungModelFile);
  const standing = await readBytes(target).catch(() => null);
  if (standing !== null && sha256Hex(standing) === lungs.model.sha256) return;
  await writeFileWhole(target, await readLungModelBytes(lungs.model));
}
