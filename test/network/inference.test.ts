import { describe, expect, it } from "vitest";
import { buildInference } from "../../src/network/inference.ts";
import { openSession } from "../../src/runtime/session.ts";
import { goldenImages, goldenState, readGoldens, relativeError, sample, samplePlaces } from "./resnetGolden.ts";

describe("inference model", () => {
  for (const [golden, isPortable] of readGoldens().flatMap((one) => [[one, false] as const, [one, true] as const])) {
    const { network, classes, sizePx, batch, margin } = golden;
    const form = isPortable ? "layer by layer" : "as a CPU does it fastest";
    it(`equals PyTorch's for ${network} at ${sizePx} px, margin ${margin}, ${form}, whatever the batch`, async () => {
      const model = buildInference({ name: network, classes }, goldenState(golden), { sizePx, isPortable });
      const session = await openSession(model);
      const images = goldenImages(golden);
      const { logits, probabilities } = await session.run({ images });
      expect(logits!.shape).toEqual([batch, classes]);
      expect(relativeError([[sample(logits!.data), golden.inferredLogits]])).toBeLessThan(1e-4);
      const first = logits!.data.subarray(0, classes);
      const exponentials = first.map((value) => Math.exp(value - Math.max(...first)));
      const total = exponentials.reduce((sum, value) => sum + value, 0);
      for (const [i, value] of exponentials.entries()) expect(probabilities!.data[i]).toBeCloseTo(value / total, 5);
      // Small batches have all their logits in the golden file.
      const count = batch * classes;
      const exact: number[] = [];
      for (const [i, place] of samplePlaces(count).entries()) exact[place] = golden.inferredLogits[i]!;
      for (let at = 0; count <= 16 && at < count; at += classes) {
        const expected = softmaxOf(exact.slice(at, at + classes));
        for (const [k, share] of expected.entries()) {
          expect(Math.abs(probabilities!.data[at + k]! - share)).toBeLessThan(1e-5);
        }
      }
      const image = { data: images.data.subarray(0, images.data.length / batch), shape: [1, 3, sizePx, sizePx] };
      const alone = await session.run({ images: image });
      expect(relativeError([[[...alone.logits!.data], [...first]]])).toBeLessThan(1e-5);
      await session.close();
    });
  }
});

function softmaxOf(logits: readonly number[]): number[] {
  const shares = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const total = shares.reduce((sum, value) => sum + value, 0);
  return shares.map((share) => share / total);
}
