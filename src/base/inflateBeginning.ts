import { Gunzip, Inflate } from "fflate";

/** Deflate makes at most a thousand bytes of one, so that a step inflates at most 8 MB beyond what is asked. */
const stepBytes = 8192;

/**
 * The first `maxBytes` that compressed bytes inflate to: fewer where they are fewer, or where the compressed bytes end
 * or make no sense. Time and memory are bounded by maxBytes, whatever the bytes would inflate to.
 *
 * kind: "deflate" for a raw stream, "gzip" for one with gzip's header.
 */
export function inflateBeginning(packed: Uint8Array, maxBytes: number, kind: "deflate" | "gzip"): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = kind === "gzip" ? new Gunzip() : new Inflate();
  stream.ondata = (part) => {
    parts.push(part);
    length += part.length;
  };
  try {
    for (let at = 0; at < packed.length && length < maxBytes; at += stepBytes) {
      stream.push(packed.subarray(at, at + stepBytes), at + stepBytes >= packed.length);
    }
  } catch {
    // What was inflated before the fault stays.
  }
  const whole = new Uint8Array(Math.min(length, maxBytes));
  let at = 0;
  for (const part of parts) {
    whole.set(part.subarray(0, whole.length - at), at);
    at += part.length;
    if (at >= whole.length) break;
  }
  return whole;
}
