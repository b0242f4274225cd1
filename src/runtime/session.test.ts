import { describe, expect, it } from "vitest";
import { encodeModel } from "../graph/encodeModel.ts";
import { add, scale } from "../graph/ops/arithmetic.ts";
import { input } from "../graph/tensor.ts";
import { openSession } from "./session.ts";

const x = input("x", [2]);
const model = encodeModel({ inputs: [x], outputs: { twice: add(x, x), half: scale(x, 0.5) } });
const feeds = { x: { data: Float32Array.of(1, 3), shape: [2] } };

describe("openSession", () => {
  it("names what the model takes and gives, and runs it", async () => {
    const session = await openSession(model, { threads: 1 });
    expect(session.inputNames).toEqual(["x"]);
    expect(session.outputNames).toEqual(["twice", "half"]);
    const { twice, half } = await session.run(feeds);
    expect([...twice!.data]).toEqual([2, 6]);
    expect([...half!.data]).toEqual([0.5, 1.5]);
    await session.close();
  });

  it("fills the arrays that it is given and makes the others", async () => {
    const session = await openSession(model, { threads: 1 });
    const memory = new Float32Array(4);
    const into = { twice: { data: memory.subarray(1, 3), shape: [2] } };
    const results = await session.run(feeds, into);
    expect(results.twice).toBe(into.twice);
    expect([...memory]).toEqual([0, 2, 6, 0]);
    expect([...results.half!.data]).toEqual([0.5, 1.5]);
    await session.close();
  });

  it("tells the sizes of its inputs, and gives whole numbers as they are", async () => {
    const images = input("images", [1, 2]);
    const labels = input("labels", [1], "int64");
    const outputs = { twice: add(images, images), same: labels };
    const session = await openSession(encodeModel({ inputs: [images, labels], outputs, anyBatch: [images] }));
    expect(session.inputs).toEqual([
      { name: "images", type: "float32", shape: [null, 2] },
      { name: "labels", type: "int64", shape: [1] },
    ]);
    const { twice, same } = await session.runAny({
      images: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
      labels: { data: BigInt64Array.of(7n), shape: [1] },
    });
    expect(twice).toEqual({ data: Float32Array.of(2, 4, 6, 8), shape: [2, 2] });
    expect(same).toEqual({ data: BigInt64Array.of(7n), shape: [1] });
    await session.close();
  });
});
