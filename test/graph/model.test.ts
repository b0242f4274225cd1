import { describe, expect, it } from "vitest";
import * as graph from "../../src/graph/index.ts";
import { openSession } from "../../src/runtime/session.ts";

const x = graph.input("x", [2, 3]);

describe("encodeModel", () => {
  it("finds the inputs that the outputs need where none are listed", async () => {
    const y = graph.input("y", [2, 3]);
    const session = await openSession(graph.encodeModel({ outputs: { sum: graph.add(x, y) } }), { threads: 1 });
    expect(session.inputNames).toEqual(["x", "y"]);
    await session.close();
  });

  it("leaves a batch's size out of the model where told to, and computes the same", async () => {
    const half = graph.scale(x, 0.5);
    const session = await openSession(graph.encodeModel({ outputs: { half }, untoldBatch: [x] }), { threads: 1 });
    expect(session.inputs[0]?.shape).toEqual([null, 3]);
    const { half: found } = await session.run({ x: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] } });
    expect(found?.shape).toEqual([2, 3]);
    expect([...found!.data]).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
    await session.close();
  });

  it("refuses a graph whose inputs are not listed or not told apart by their names", () => {
    const y = graph.input("y", [2, 3]);
    const other = graph.input("x", [2, 3]);
    expect(() => graph.encodeModel({ inputs: [x], outputs: { sum: graph.add(x, y) } })).toThrow(/needs? the input "y"/);
    expect(() => graph.encodeModel({ outputs: { sum: graph.add(x, other) } })).toThrow(/Two inputs are called "x"/);
    expect(() => graph.encodeModel({ outputs: { x: graph.add(x, x) } })).toThrow(
      /An input and an output are called "x"/,
    );
  });
});

describe("gradient", () => {
  it("gives by name what it gives in a list", async () => {
    const w = graph.input("w", [3]);
    const loss = graph.sum(graph.mul(graph.mul(x, x), w));
    const { w: byName } = graph.gradient(loss, { w });
    const [inList] = graph.gradient(loss, [w]);
    const session = await openSession(graph.encodeModel({ outputs: { byName, inList: inList! } }), { threads: 1 });
    const feeds = { x: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] } };
    // Of Σ x² w by w: the sums of x² down the columns. w itself is not needed for them.
    expect(session.inputNames).toEqual(["x"]);
    const found = await session.run(feeds);
    expect([...found.byName!.data]).toEqual([17, 29, 45]);
    expect([...found.inList!.data]).toEqual([17, 29, 45]);
    await session.close();
  });
});

describe("ops", () => {
  it("say at once what does not fit", () => {
    const [weight, bias] = [graph.input("w", [4, 3]), graph.input("b", [4])];
    expect(graph.linear(x, weight, bias).shape).toEqual([2, 4]);
    expect(() => graph.linear(x, graph.input("w", [3, 4]), bias)).toThrow("not [2,3], [3,4] and [4]");
    expect(() => graph.crossEntropy(x, graph.input("labels", [2]))).toThrow(
      "Labels are int64 [2] here, not float32 [2]",
    );
    expect(() => graph.crossEntropy(x, graph.input("labels", [3], "int64"))).toThrow("not int64 [3]");
  });
});
