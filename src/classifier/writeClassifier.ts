import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileWhole, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { researchUseNotice } from "../base/version.ts";
import { copyRecipeFiles, portableRecipe } from "../slices/recipeFiles.ts";
import { type Classifier, type ClassifierFile, classifierIdOf, densityFile } from "./classifier.ts";

/** What a classifier is made of; the rest of `Classifier` follows from it. */
export interface ClassifierParts
  extends Pick<Classifier, "classes" | "recipe" | "network" | "studyRule" | "ranges" | "provenance">,
    Partial<Pick<Classifier, "calibration" | "operatingPoint" | "analysable">> {
  /** The bytes of each file that lies beside classifier.json. */
  readonly files: Readonly<Record<ClassifierFile, Uint8Array>> & { readonly [densityFile]?: Uint8Array | undefined };
}

/**
 * Writes a classifier's folder and returns what stands in its classifier.json. The folder appears whole or not at all; one
 * that stood there before is replaced.
 * @throws as writeFileWhole.
 */
export async function writeClassifier(folder: string, parts: ClassifierParts): Promise<Classifier> {
  const { files, calibration = null, operatingPoint = null, analysable = null, ...described } = parts;
  const decision = { studyRule: parts.studyRule, calibration, operatingPoint, analysable };
  const density = files[densityFile];
  const weightsSha256 = sha256Hex(files["weights.safetensors"]);
  const classifier: Classifier = {
    format: "groundglass-classifier/1",
    classifierId: classifierIdOf(weightsSha256, parts.recipe, decision),
    intendedUse: `${researchUseNotice} This classifier tells ${parts.classes.join(", ")} apart in chest CT studies like those it was trained on, and in no others.`,
    ...described,
    recipe: portableRecipe(parts.recipe),
    ...decision,
    files: {
      "network.onnx": sha256Hex(files["network.onnx"]),
      "weights.safetensors": weightsSha256,
      ...(density && { [densityFile]: sha256Hex(density) }),
    },
  };
  const building = `${folder}.part`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes !== undefined) await writeFileWhole(join(building, name), bytes);
  }
  await copyRecipeFiles(parts.recipe, building);
  await writeJson(join(building, "classifier.json"), classifier);
  await rm(folder, { recursive: true, force: true });
  await rename(building, folder);
  return classifier;
}
