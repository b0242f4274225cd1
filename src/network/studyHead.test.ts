import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openSession } from "../runtime/session.ts";
import type { StateEntry } from "./stateDict.ts";
import { absentPlace, buildStudyHeadStep, type StudyHeadShape } from "./studyHead.ts";

/** PyTorch's, made by studyHead.golden.py. */
interface Golden {
  readonly shape: StudyHeadShape;
  readonly images: number;
  readonly lengths: readonly number[];
  readonly truths: readonly number[];
  readonly weights: readonly number[];
  readonly parameters: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly features: readonly number[];
  readonly logits: readonly number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const golden: Golden = JSON.parse(readFileSync(new URL("./studyHead.golden.json", import.meta.url), "utf8"));

it("gathers, loses and learns as PyTorch's gated attention, whatever stands in the places of absent images", async () => {
  const { shape, images, lengths, truths, weights } = golden;
  const studies = lengths.length;
  const features = Float32Array.from(golden.features);
  const absent = new Float32Array(studies * images);
  const targets = new Float32Array(studies * shape.classes);
  for (const [s, length] of lengths.entries()) {
    absent.fill(absentPlace, s * images + length, (s + 1) * images);
    features.fill(7, (s * images + length) * shape.features, (s + 1) * images * shape.features);
    targets[s * shape.classes + truths[s]!] = weights[s]!;
  }
  const session = await openSession(buildStudyHeadStep(shape, { studies, images }), { threads: 1 });
  const results = await session.run({
    features: { data: features, shape: [studies, images, shape.features] },
    absent: { data: absent, shape: [studies, images] },
    targets: { data: targets, shape: [studies, shape.classes] },
    ...Object.fromEntries(
      Object.entries(golden.parameters).map(([name, entry]): [string, StateEntry] => [
        name,
        { shape: entry.shape, data: Float32Array.from(entry.data) },
      ]),
    ),
  });
  await session.close();
  expect(results.loss!.data[0]).toBeCloseTo(golden.loss, 5);
  for (const [i, logit] of golden.logits.entries()) expect(results.logits!.data[i]).toBeCloseTo(logit, 5);
  for (const [name, values] of Object.entries(golden.gradients)) {
    const ours = results[`gradient/${name}`]!.data;
    for (const [i, value] of values.entries()) expect(ours[i]).toBeCloseTo(value, 5);
  }
});
