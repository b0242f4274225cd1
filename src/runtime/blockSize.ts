import { toBlocked } from "../graph/blocked/blockedMaps.ts";
import { encodeModel } from "../graph/encodeModel.ts";
import { input } from "../graph/tensor.ts";
import { openSession } from "./session.ts";

/** The sizes that ONNX Runtime knows: of AVX-512, and of AVX2 and NEON. */
const candidates = [16, 8];

/**
 * How many channels ONNX Runtime keeps side by side for its fastest convolutions on this CPU; 1 where it has no such
 * convolutions. Found by trying: two pixels of 16 channels are put into blocks, and where the second pixel's first
 * channel lands tells the size.
 */
export async function findBlockSize(): Promise<number> {
  const channels = Math.max(...candidates);
  const x = input("x", [1, channels, 1, 2]);
  try {
    const session = await openSession(encodeModel({ inputs: [x], outputs: { blocked: toBlocked(x, channels) } }));
    const data = Float32Array.from({ length: 2 * channels }, (_, i) => i);
    const { blocked } = await session.run({ x: { data, shape: x.shape } });
    await session.close();
    return candidates.find((size) => blocked?.data.indexOf(1) === size) ?? 1;
  } catch {
    // A build of ONNX Runtime without these operators refuses the model.
    return 1;
  }
}
