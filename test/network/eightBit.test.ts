import { describe, expect, it } from "vitest";
import { buildEightBitInference, measureRanges } from "../../src/network/eightBit/eightBitInference.ts";
import { buildInference } from "../../src/network/inference.ts";
import { openSession } from "../../src/runtime/session.ts";
import { goldenImages, goldenState, relativeError } from "./resnetGolden.ts";

describe("inference on 8-bit numbers", () => {
  for (const network of ["resnet18", "resnet50"] as const) {
    it(`gives nearly the logits of float32 for ${network}, whatever the batch, in a quarter of the bytes`, async () => {
      const [batch, sizePx, classes] = [4, 64, 3];
      const spec = { name: network, classes };
      const state = goldenState({ network, classes, margin: 0 });
      const images = goldenImages({ batch, sizePx });
      const ranges = await measureRanges(spec, state, [images.data], { sizePx, threads: 1 });
      // Each convolution but the first, one more for each shortcut's sum, and the pooled stem.
      expect(ranges).toHaveLength(network === "resnet18" ? 19 + 8 + 1 : 52 + 16 + 1);
      const plain = buildInference(spec, state, { sizePx });
      const small = buildEightBitInference(spec, state, ranges, { sizePx });
      expect(small.length).toBeLessThan(0.27 * plain.length);
      const [exact, near] = [await openSession(plain, { threads: 1 }), await openSession(small, { threads: 1 })];
      const expected = (await exact.run({ images })).logits!.data;
      const got = (await near.run({ images })).logits!.data;
      expect(relativeError([[[...got], [...expected]]])).toBeLessThan(0.04);
      const one = { data: images.data.subarray(0, images.data.length / batch), shape: [1, 3, sizePx, sizePx] };
      const alone = (await near.run({ images: one })).logits!.data;
      expect([...alone]).toEqual([...got.subarray(0, classes)]);
      await exact.close();
      await near.close();
    });
  }
});
