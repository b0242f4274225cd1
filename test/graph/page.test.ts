import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");

it("trains the network of docs/graph.md as it is printed, types and all", async () => {
  const page = await readFile(join(root, "docs", "graph.md"), "utf8");
  const block = /```ts\n(.*?)```/s.exec(page)?.[1] ?? "";
  expect(block).toContain('from "groundglass/graph"');
  // Beside this file, so that packages are found; the package's own name stands for what is built, which a test cannot count on.
  const folder = await mkdtemp(join(import.meta.dirname, "page-"));
  try {
    const file = join(folder, "page.ts");
    await writeFile(file, block.replace('"groundglass/graph"', '"../../../src/graph/index.ts"'));
    const lines = execFileSync(process.execPath, [file], { encoding: "utf8" }).trim().split("\n");
    expect(lines.map((line) => line.split(":")[0])).toEqual(["step 100", "step 200", "step 300"]);
    // Guessing has a loss of ln 2 = 0.69.
    expect(Number(lines[2]?.split("loss ")[1])).toBeLessThan(0.2);
    const options = ["--strict", "--target", "es2024", "--module", "nodenext", "--types", "node", "--skipLibCheck"];
    const types = join(root, "node_modules", ".bin", "tsc");
    execFileSync(types, ["--ignoreConfig", "--noEmit", "--allowImportingTsExtensions", ...options, file]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
