import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publishedSchemas } from "../../src/report/publishedSchemas.ts";

test("the published JSON Schemas are those of the code: `npm run schemas` writes them", async () => {
  for (const [name, text] of publishedSchemas()) {
    const file = join(import.meta.dirname, "..", "..", "docs", "schema", name);
    expect(JSON.parse(await readFile(file, "utf8")), name).toEqual(JSON.parse(text));
  }
});

test("the scope is in the schema of a diagnosis", () => {
  const schema = JSON.parse(publishedSchemas().get("diagnosis.schema.json") ?? "{}");
  expect(Object.keys(schema.properties)).toContain("scope");
  expect(schema.required).toContain("scope");
  expect(JSON.stringify(schema)).toContain('"peripheral"');
});
