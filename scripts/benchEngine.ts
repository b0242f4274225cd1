// Measures the engine against PyTorch of /usr/bin/python3 (benchEngine.py): both stand ready in processes of their own
// and run in turn, so that whatever else the machine does slows both; the figures are medians of those turns.
// Options: --json; --only TEXT (only rows whose name has it; may be repeated); --turns N (7); --batch N (images at once; 16 and 32).
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number | null;
  /** Above 1 where ours is better. */
  readonly ratio: number | null;
}

interface Answer {
  readonly ms: number;
  readonly peakMb: number;
}

interface Side {
  run(): Promise<Answer>;
  close(): Promise<void>;
}

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    turns: { type: "string", default: "7" },
    batch: { type: "string", multiple: true, default: ["16", "32"] },
  },
});
const turns = Number(options.turns);
const isWanted = (name: string) => options.only.length === 0 || options.only.some((text) => name.includes(text));

/** Multiply-adds of one forward pass at 224 px, by torchvision's table, in thousand millions. */
const forwardGmac = { resnet18: 1.814, resnet50: 4.089 };
const peakGflops = await matrixPeak();
const rows: Row[] = [];
for (const network of ["resnet18", "resnet50"] as const) {
  for (const batch of options.batch.map(Number)) {
    const name = `training step ${network}, batch ${batch}`;
    // Forward, gradient by input and gradient by weight; two operations each multiply-add.
    if (isWanted(name)) await compare(name, ["train", network, batch], 3 * 2 * forwardGmac[network]);
    for (const [kind, title] of [
      ["infer", `inference ${network}, batch ${batch}`],
      ["infer8", `inference int8 ${network}, batch ${batch}`],
    ] as const) {
      if (isWanted(title)) await compare(title, [kind, network, batch], 2 * forwardGmac[network]);
    }
  }
}
if (options.json) console.log(JSON.stringify({ rows, peakGflops }));
else {
  console.log(`Single-precision matrix peak: ${peakGflops.toFixed(0)} thousand million operations a second`);
  console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, shortened(row)])));
}

/** Images a second, the share of the single-precision matrix peak, and for training the peak memory. */
async function compare(name: string, work: readonly [string, string, number], gflopPerImage: number): Promise<void> {
  const [kind, , batch] = work;
  const sides = [ours(work), peers(work)] as const;
  const answers: [Answer[], Answer[]] = [[], []];
  // The first turn of each only warms it.
  for (let turn = 0; turn <= turns; turn++) {
    for (const [i, side] of sides.entries()) {
      const answer = await side.run();
      if (turn > 0) answers[i]?.push(answer);
    }
  }
  await Promise.all(sides.map((side) => side.close()));
  const [ourMs, peerMs] = answers.map((list) => median(list.map(({ ms }) => ms))) as [number, number];
  const perSecond = (ms: number) => (1000 * batch) / ms;
  rows.push({ name: `${name}, images/s`, ours: perSecond(ourMs), peer: perSecond(peerMs), ratio: peerMs / ourMs });
  const share = (ms: number) => (perSecond(ms) * gflopPerImage) / peakGflops;
  rows.push({ name: `${name}, share of the peak`, ours: share(ourMs), peer: share(peerMs), ratio: peerMs / ourMs });
  if (kind !== "train") return;
  const [ourMb, peerMb] = answers.map((list) => Math.max(...list.map(({ peakMb }) => peakMb))) as [number, number];
  rows.push({ name: `${name}, peak MB`, ours: ourMb, peer: peerMb, ratio: peerMb / ourMb });
}

/** The best of many products of large matrices through ONNX Runtime, in thousand million operations a second. */
async function matrixPeak(): Promise<number> {
  const size = 2048;
  const side = ours(["matrix", "", size]);
  const times: number[] = [];
  for (let turn = 0; turn < 12; turn++) times.push((await side.run()).ms);
  await side.close();
  return (2 * size ** 3) / (1e6 * Math.min(...times));
}

function ours(work: readonly (string | number)[]): Side {
  return open(
    spawn(process.execPath, [new URL("./benchEngineChild.ts", import.meta.url).pathname, ...work.map(String)]),
  );
}

function peers(work: readonly (string | number)[]): Side {
  const env = { ...process.env, OMP_WAIT_POLICY: "passive" };
  const script = new URL("./benchEngine.py", import.meta.url).pathname;
  return open(spawn("/usr/bin/python3", [script, ...work.map(String)], { env }));
}

function open(child: ChildProcess): Side {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error("A child has its pipes");
  stderr.pipe(process.stderr);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    async run() {
      stdin.write("run\n");
      const { value, done } = await lines.next();
      if (done) throw new Error(`${child.spawnargs.join(" ")} ended before its answer`);
      return JSON.parse(value);
    },
    async close() {
      stdin.end();
      await ended;
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function shortened({ ours, peer, ratio }: Omit<Row, "name">) {
  const three = (value: number | null) => (value === null ? "" : Number(value.toPrecision(3)));
  return { ours: three(ours), peer: three(peer), ratio: three(ratio) };
}
