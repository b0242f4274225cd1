import { stat } from "node:fs/promises";
import { InputError } from "../../base/errors.ts";
import { readBytes } from "../../base/files.ts";
import { sha256Hex } from "../../base/hash.ts";
import { safetensorsArrays } from "../safetensors.ts";
import { readOnnxWeights } from "./onnxWeights.ts";
import type { StoredDict } from "./storedArray.ts";
import { isLegacyTorch, readLegacyTorch, readTorchZip } from "./torchFile.ts";

export type WeightsFormat = "safetensors" | "pytorch" | "pytorch before 1.6" | "onnx";

/** What a file of weights holds. */
export interface WeightsFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly format: WeightsFormat;
  /** Its dictionaries of arrays: one, or several where a checkpoint holds more than a model's. */
  readonly dicts: readonly StoredDict[];
}

/** No weights of a ResNet, nor a checkpoint with them and an optimiser's state, come near. */
const maxBytes = 2 ** 30;

/**
 * Opens a file of weights: safetensors, PyTorch's .pth and .pt (zip and legacy) or ONNX, told apart by their content.
 *
 * @throws InputError FILE_MISSING; WEIGHTS_TOO_LARGE; WEIGHTS_FORMAT_UNKNOWN; WEIGHTS_DAMAGED, WEIGHTS_UNSAFE, WEIGHTS_FOLDED,
 * WEIGHTS_TYPE_UNSUPPORTED, each with the path.
 */
export async function readWeights(path: string): Promise<WeightsFile> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0, // readBytes says what is wrong
  );
  if (size > maxBytes) {
    throw new InputError(
      "WEIGHTS_TOO_LARGE",
      `${path} has ${(size / 2 ** 20).toFixed(0)} MB; weights of at most ${maxBytes / 2 ** 20} MB are read. Keep the model's state dict alone.`,
    );
  }
  const bytes = await readBytes(path);
  try {
    const { format, dicts } = decodeWeights(bytes);
    return { path, sizeBytes: bytes.length, sha256: sha256Hex(bytes), format, dicts };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** The arrays in a file's bytes. @throws as readWeights, without the path. */
export function decodeWeights(bytes: Uint8Array): Pick<WeightsFile, "format" | "dicts"> {
  const begins = (...start: number[]) => start.every((byte, i) => bytes[i] === byte);
  if (begins(0x50, 0x4b, 0x03, 0x04)) return { format: "pytorch", dicts: readTorchZip(bytes) };
  if (isLegacyTorch(bytes)) return { format: "pytorch before 1.6", dicts: readLegacyTorch(bytes) };
  // The length of a header, in 8 bytes of which the upper are empty, and the header's brace.
  if (bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0) {
    return { format: "safetensors", dicts: [{ path: "", arrays: safetensorsArrays(bytes).arrays }] };
  }
  // A ModelProto begins with its irVersion, a small number in field 1.
  if (begins(0x08) && (bytes[1] ?? 255) < 64) return { format: "onnx", dicts: readOnnxWeights(bytes) };
  throw new InputError("WEIGHTS_FORMAT_UNKNOWN", unknownWords(begins));
}

function unknownWords(begins: (...start: number[]) => boolean): string {
  const readable = "safetensors, PyTorch's .pth and .pt, and ONNX are read";
  if (begins(0x89, 0x48, 0x44, 0x46))
    return `The weights are HDF5, as Keras keeps them; ${readable}. Convert them first.`;
  if (begins(0x80)) {
    return `The weights are a plain pickle, not a file of torch.save; ${readable}. Keep torch.save(model.state_dict(), "weights.pth").`;
  }
  return `The weights begin like no format that is known; ${readable}. Check that the download is whole and no web page.`;
}
