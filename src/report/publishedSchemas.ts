import { z } from "zod";
import { diagnosisSchema } from "../diagnosis/diagnosis.ts";
import { followUpSchema } from "../diagnosis/followUp.ts";

/** The files that other programs read, by the name of their schema's file. */
const published = {
  "diagnosis.schema.json": { title: "Groundglass diagnosis.json", schema: diagnosisSchema },
  "follow-up.schema.json": { title: "Groundglass follow-up.json", schema: followUpSchema },
} as const;

/**
 * JSON Schemas of what diagnose and follow write, as text of the files in docs/schema, by their names.
 * @source JSON Schema 2020-12
 */
export function publishedSchemas(): Map<string, string> {
  return new Map(
    Object.entries(published).map(([name, { title, schema }]) => {
      const described = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
      return [name, `${JSON.stringify({ title, ...described }, null, 2)}\n`];
    }),
  );
}
