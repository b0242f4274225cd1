import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

/** The corridor, from its beginning to its end: a room imports only itself and rooms before it. */
const rooms = [
  "base",
  "study",
  "statistics",
  "graph",
  "runtime",
  "dicom",
  "phantom",
  "intake",
  "lungs",
  "scope",
  "slices",
  "dataset",
  "audit",
  "network",
  "training",
  "prediction",
  "classifier",
  "evaluation",
  "chain",
  "diagnosis",
  "report",
  "commands",
];

const source = join(import.meta.dirname, "..", "src");

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const quoted = text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...quoted].map((match) => match[1] as string);
}

function roomOf(path: string): string {
  return relative(source, path).split(sep)[0] as string;
}

describe("the corridor of rooms", () => {
  it("has a place for every folder of src", () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).filter((name) => !rooms.includes(name))).toEqual([]);
  });

  it("is walked one way: no import looks down it", () => {
    const downward: string[] = [];
    for (const file of filesBelow(source)) {
      const from = rooms.indexOf(roomOf(file));
      if (from < 0) continue; // src/index.ts, the door of the library
      for (const target of importsOf(file)) {
        if (!target.startsWith(".")) continue;
        const to = rooms.indexOf(roomOf(join(file, "..", target)));
        if (to < 0 || to > from) downward.push(`${relative(source, file)} → ${target}`);
      }
    }
    expect(downward).toEqual([]);
  });

  it("lets only the room called runtime import ONNX Runtime", () => {
    const importers = filesBelow(source).filter((file) =>
      importsOf(file).some((name) => name.startsWith("onnxruntime")),
    );
    expect(importers.map(roomOf).filter((room) => room !== "runtime")).toEqual([]);
  });
});

describe("the errors and warnings", () => {
  it("are all explained in docs/errors.md, and none there has gone", () => {
    const thrown = new Set<string>();
    for (const file of filesBelow(source)) {
      if (file.endsWith(".test.ts")) continue;
      const text = readFileSync(file, "utf8");
      for (const match of text.matchAll(/(?:InputError|UnavailableError)\(\s*"([A-Z0-9_]+)"/g))
        thrown.add(match[1] as string);
      for (const match of text.matchAll(/\bcode:\s*"([A-Z][A-Z0-9_]+)"/g)) thrown.add(match[1] as string);
    }
    const page = readFileSync(join(source, "..", "docs", "errors.md"), "utf8");
    const explained = new Set([...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map((match) => match[1] as string));
    expect([...thrown].filter((code) => !explained.has(code)).sort()).toEqual([]);
    expect([...explained].filter((code) => !thrown.has(code)).sort()).toEqual([]);
  });
});
