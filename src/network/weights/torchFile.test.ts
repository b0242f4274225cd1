import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeWeights } from "./readWeights.ts";

interface Golden {
  readonly files: readonly {
    readonly name: string;
    readonly format: string;
    readonly base64: string;
    readonly dicts: Record<string, Record<string, [number[], number[]]>>;
  }[];
  readonly onnx: {
    readonly kept: string;
    readonly folded: string;
    readonly state: Record<string, Record<string, [number[], number[]]>>;
  };
}

/** Made by torchFile.golden.py with PyTorch 1.13.1. */
const golden = JSON.parse(readFileSync(new URL("torchFile.golden.json", import.meta.url).pathname, "utf8")) as Golden;

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

function described(bytes: Uint8Array) {
  const { dicts } = decodeWeights(bytes);
  return Object.fromEntries(
    dicts.map(({ path, arrays }) => [
      path,
      Object.fromEntries([...arrays].map(([name, array]) => [name, [array.shape, [...array.read()]]])),
    ]),
  );
}

describe("a file of PyTorch", () => {
  it.each(golden.files)("gives what PyTorch reads: $name, $format", ({ base64, format, dicts }) => {
    const bytes = bytesOf(base64);
    expect(decodeWeights(bytes).format).toBe(format);
    expect(described(bytes)).toEqual(dicts);
  });

  it("is refused at every length but its own", () => {
    for (const { base64 } of golden.files.slice(0, 2)) {
      const bytes = bytesOf(base64);
      for (let length = 0; length < bytes.length; length += 7) {
        expect(() => decodeWeights(bytes.subarray(0, length))).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^WEIGHTS_(DAMAGED|FORMAT_UNKNOWN)$/) }),
        );
      }
    }
  });
});

describe("an ONNX model", () => {
  it("gives its initialisers where its norms were kept", () => {
    const counters = { "bn1.num_batches_tracked": expect.anything() };
    expect({ ...described(bytesOf(golden.onnx.kept))[""], ...counters }).toMatchObject({
      ...golden.onnx.state[""],
      ...counters,
    });
  });

  it("is refused where its norms were folded into the convolutions", () => {
    expect(() => decodeWeights(bytesOf(golden.onnx.folded))).toThrow(
      expect.objectContaining({ code: "WEIGHTS_FOLDED" }),
    );
  });
});
