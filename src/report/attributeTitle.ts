import { attributeInWords } from "../audit/auditWords.ts";
import { attributeName } from "../slices/attributeWords.ts";

/** An attribute of a study or a column of its label file, as the head of a row. */
export function attributeTitle(attribute: string): string {
  const known = attributeName(attribute);
  const name = known === attribute ? attributeInWords(attribute).replace(/^the /, "") : known;
  return name.charAt(0).toUpperCase() + name.slice(1);
}
