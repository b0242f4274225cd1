// Writes the JSON Schemas of docs/schema from the schemas of the code. `npm run schemas`
import { join } from "node:path";
import { writeFileWhole } from "../src/base/files.ts";
import { publishedSchemas } from "../src/report/publishedSchemas.ts";

for (const [name, text] of publishedSchemas()) await writeFileWhole(join("docs", "schema", name), text);
