import { parse } from "yaml";
import type { InputError } from "../base/errors.ts";
import { readText } from "../base/files.ts";

/**
 * The settings in a YAML or JSON file, not yet checked.
 * fault: makes the error of a file that holds none, from what is wrong with it.
 */
export async function readSettingsFile(path: string, fault: (what: string) => InputError): Promise<object> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw fault(`${path} is neither YAML nor JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw fault(`${path} holds no settings`);
}
