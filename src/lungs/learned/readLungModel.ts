import { dirname, isAbsolute, join, resolve } from "node:path";
import { parse } from "yaml";
import { InputError } from "../../base/errors.ts";
import { readBytes, readText } from "../../base/files.ts";
import { sha256Hex } from "../../base/hash.ts";
import { type LungModel, lungModelSchema } from "./lungModel.ts";

/**
 * The description of a lung model, its `file` as a whole path.
 * @throws InputError FILE_MISSING, LUNG_MODEL_INVALID (naming the field at fault), LUNG_MODEL_MISSING, LUNG_MODEL_CHANGED.
 */
export async function readLungModel(path: string): Promise<LungModel> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw invalid(path, `it is neither YAML nor JSON: ${(error as Error).message}`);
  }
  const parsed = lungModelSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(path, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "does not fit"}`);
  }
  const model = { ...parsed.data, file: placed(parsed.data.file, dirname(resolve(path))) };
  await readLungModelBytes(model);
  return model;
}

/**
 * The bytes of a lung model's ONNX file, as they were when it was described.
 * @throws InputError LUNG_MODEL_MISSING, LUNG_MODEL_CHANGED.
 */
export async function readLungModelBytes({ file, sha256 }: Pick<LungModel, "file" | "sha256">): Promise<Uint8Array> {
  const bytes = await readBytes(file).catch((cause: unknown) => {
    throw new InputError(
      "LUNG_MODEL_MISSING",
      `The lungs are found by a network whose file is not at ${file}. Put the ONNX file with the SHA-256 ${sha256} there, or prepare with other lung settings.`,
      { cause },
    );
  });
  const found = sha256Hex(bytes);
  if (found === sha256) return bytes;
  throw new InputError(
    "LUNG_MODEL_CHANGED",
    `${file} has the SHA-256 ${found}, expected ${sha256}: it is another network than the one that was described. Put the right file there, or describe this one.`,
  );
}

/** A path as it is seen from a folder. */
export function placed(file: string, folder: string): string {
  return isAbsolute(file) ? file : join(folder, file);
}

function invalid(path: string, what: string): InputError {
  return new InputError("LUNG_MODEL_INVALID", `${path} describes no lung model: ${what}. See docs/inspect.md.`);
}
