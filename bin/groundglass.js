#!/usr/bin/env node
// The door of the command line. Runs on the Node that started it, or, where that one is too old for the program, on the
// one pinned in devDependencies.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const pinned = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
if (major < 22 || (major === 22 && minor < 18)) {
  if (!existsSync(pinned)) {
    process.stderr.write(
      `groundglass needs Node 22.18 or newer; this is ${process.version}. Install a current Node.\n`,
    );
    process.exit(2);
  }
  const child = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(child.status ?? 70);
}
const source = new URL("../src/commands/main.ts", import.meta.url);
const main = existsSync(source) ? source : new URL("../dist/commands/main.js", import.meta.url);
const { run } = await import(main.href);
await run(process.argv.slice(2));
