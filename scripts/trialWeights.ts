/**
 * Reads files of weights as PyTorch, torchvision and torch.onnx write them, and compares every array bit for bit with
 * PyTorch's own. Needs Python with both.
 *
 * node scripts/trialWeights.ts [--python /usr/bin/python3] [--json]
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { InputError } from "../src/base/errors.ts";
import { sha256Hex } from "../src/base/hash.ts";
import { createRandom } from "../src/base/random.ts";
import { loadPretrained } from "../src/network/loadPretrained.ts";
import type { NetworkName } from "../src/network/networkSpec.ts";

interface Trial {
  readonly file: string;
  readonly network: NetworkName;
  readonly classes: number;
  readonly arrays: Readonly<Record<string, string>>;
  readonly refused: string | null;
}

const { values } = parseArgs({
  options: { python: { type: "string", default: "/usr/bin/python3" }, json: { type: "boolean", default: false } },
});
const folder = await mkdtemp(join(tmpdir(), "groundglass-weights-"));
try {
  const script = join(import.meta.dirname, "trialWeights.py");
  const made = spawnSync(values.python, [script, folder], { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (made.status !== 0) throw new Error(made.stderr);
  const { trials, ...versions } = JSON.parse(made.stdout) as { trials: Trial[]; torch: string; torchvision: string };
  const rows = [];
  for (const trial of trials) rows.push(await run(trial));
  const isRight = rows.every(({ right }) => right);
  if (values.json) console.log(JSON.stringify({ ...versions, rows }, null, 2));
  else
    for (const { file, result, right, ms } of rows)
      console.log(`${right ? "right" : "WRONG"}  ${file}: ${result}, ${ms} ms`);
  process.exitCode = isRight ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}

async function run({ file, network, classes, arrays, refused }: Trial) {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    const { state, report } = await loadPretrained({ name: network, classes }, createRandom(1), join(folder, file));
    const time = ms();
    const expected = Object.entries(arrays);
    const equal = expected.filter(([name, hash]) => {
      const data = state.get(name)?.data;
      return data !== undefined && sha256Hex(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) === hash;
    }).length;
    const result = `${equal} of ${expected.length} arrays equal PyTorch's, ${report.loaded.length} loaded`;
    const right = refused === null && equal === expected.length && report.loaded.length === expected.length;
    return { file, result, right, ms: time };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { file, result: `refused with ${error.code}`, right: error.code === refused, ms: ms() };
  }
}
