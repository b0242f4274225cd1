// What trials compare the files of two runs by.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Seconds are what two equal runs may differ in; a checkpoint's header holds them too, as JSON within JSON. */
const timed = /(\\?"(?:waitedS|s)econds\\?":\s*)[0-9.e-]+/g;

/** The SHA-256 of every file in a folder by its path there, its seconds taken for 0. */
export function untimedDigests(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(relative(folder, path), createHash("sha256").update(untimed(path)).digest("hex"));
  }
  return found;
}

/** The files that are not the same in both. */
export function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
}

function untimed(path: string): string | Buffer {
  const bytes = readFileSync(path);
  if (/\.(json|jsonl|csv|html|svg)$/.test(path)) return withoutSeconds(bytes.toString("utf8"));
  return path.endsWith(".safetensors") ? tensorsOf(bytes) : bytes;
}

function withoutSeconds(text: string): string {
  return text.replaceAll(timed, "$10");
}

/** A safetensors file without the length and the padding of its header. */
function tensorsOf(bytes: Buffer): Buffer {
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  return Buffer.concat([Buffer.from(withoutSeconds(bytes.toString("utf8", 8, end)).trimEnd()), bytes.subarray(end)]);
}
