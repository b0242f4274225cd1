import { expect, it } from "vitest";
import { sumProfile } from "./profile.ts";

it("sums the operators of all runs but the first, by kind", () => {
  const node = (op: string, ts: number, dur: number) => ({
    name: `${op}_1_kernel_time`,
    ts,
    dur,
    args: { op_name: op },
  });
  const events = [
    { name: "session_initialization", ts: 0, dur: 900 },
    ...[node("Conv", 1000, 5000), { name: "model_run", ts: 1000, dur: 6000 }],
    ...[node("Conv", 8000, 2000), node("Relu", 10_000, 500), { name: "model_run", ts: 7900, dur: 3000 }],
    ...[node("Conv", 12_000, 3000), node("Conv", 15_000, 1000), { name: "model_run", ts: 11_900, dur: 5000 }],
  ];
  expect(sumProfile(events, 1)).toEqual([
    { work: "Conv", isNetwork: true, calls: 1.5, msInStep: 3 },
    { work: "Relu", isNetwork: true, calls: 0.5, msInStep: 0.25 },
  ]);
});
