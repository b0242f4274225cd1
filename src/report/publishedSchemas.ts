import { z } from "zod";
import { chainFileSchema } from "../chain/chainFile.ts";
import { diagnosisSchema } from "../diagnosis/diagnosis.ts";
import { followUpSchema } from "../diagnosis/followUp.ts";

/** The files that other programs read, and the one that people write, by the name of their schema's file. */
const published = {
  "chain.schema.json": { title: "A Groundglass chain file", schema: chainFileSchema, io: "input" },
  "diagnosis.schema.json": { title: "Groundglass diagnosis.json", schema: diagnosisSchema, io: "output" },
  "follow-up.schema.json": { title: "Groundglass follow-up.json", schema: followUpSchema, io: "output" },
} as const;

/**
 * JSON Schemas of what diagnose and follow write and of what chain reads, as text of the files in docs/schema, by their names.
 * @source JSON Schema 2020-12
 */
export function publishedSchemas(): Map<string, string> {
  return new Map(
    Object.entries(published).map(([name, { title, schema, io }]) => {
      const described = z.toJSONSchema(schema, { io, unrepresentable: "any" });
      return [name, `${JSON.stringify({ title, ...described }, null, 2)}\n`];
    }),
  );
}
