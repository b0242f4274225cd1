import { InputError } from "../base/errors.ts";
import { isThere, readBytes, readJson, writeJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import type { Progress } from "../base/progress.ts";
import { version } from "../base/version.ts";
import { datasetPaths } from "../dataset/dataset.ts";
import { type Audit, auditPath, auditSchema } from "./audit.ts";
import { auditDataset } from "./auditDataset.ts";

/** An audit, and the codes of its blocking findings that the user accepts. */
export interface AcceptedAudit {
  readonly audit: Audit;
  readonly overridden: readonly string[];
}

/**
 * The audit of a data set before a training, without the self tests; the one that stands in the data set, where it is of these
 * very files.
 *
 * accept: codes of blocking findings to train in spite of.
 * @throws InputError AUDIT_BLOCKS if a finding blocks that is not accepted; AUDIT_CODE_UNKNOWN if an accepted code was not found;
 * as auditDataset.
 */
export async function auditBeforeTraining(
  folder: string,
  options: {
    readonly accept?: readonly string[] | undefined;
    readonly progress?: Progress | undefined;
  } = {},
): Promise<AcceptedAudit> {
  const { accept = [], progress } = options;
  const standing = await standingAudit(folder);
  const audit = standing ?? (await auditDataset(folder, { selfTests: false, progress, out: null }));
  if (standing === null) await keepFor(folder, audit);
  const blocking = audit.findings.filter(({ severity }) => severity === "blocking");
  const unknown = accept.find((code) => !blocking.some((one) => one.code === code));
  if (unknown !== undefined) {
    const codes = [...new Set(blocking.map(({ code }) => code))].join(", ") || "none";
    throw new InputError(
      "AUDIT_CODE_UNKNOWN",
      `--accept-audit ${unknown}: the audit has no such blocking finding (there are: ${codes}). Leave it out.`,
    );
  }
  const open = blocking.filter(({ code }) => !accept.includes(code));
  if (open.length > 0) {
    const listed = open.map(({ code, message }) => `${code}: ${message}`).join(" ");
    throw new InputError(
      "AUDIT_BLOCKS",
      `The audit of ${folder} found what makes any result worthless. ${listed} Mend it (groundglass audit ${folder} says how), or train in spite of it with --accept-audit ${[...new Set(open.map(({ code }) => code))].join(",")}; the report will say so.`,
    );
  }
  return { audit, overridden: [...new Set(accept)] };
}

/** Keeps the audit for the next training; a data set that may not be written is audited each time. */
async function keepFor(folder: string, audit: Audit): Promise<void> {
  try {
    await writeJson(auditPath(folder), audit);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

/** The audit in the data set, if it is of its present files by this version. */
async function standingAudit(folder: string): Promise<Audit | null> {
  const path = auditPath(folder);
  if (!(await isThere(path))) return null;
  const paths = datasetPaths(folder);
  if (!(await isThere(paths.dataset))) return null;
  try {
    const audit = await readJson(path, auditSchema);
    const isSame =
      audit.groundglassVersion === version &&
      audit.dataset.sha256 === sha256Hex(await readBytes(paths.dataset)) &&
      audit.dataset.splitsSha256 === sha256Hex(await readBytes(paths.splits));
    return isSame ? audit : null;
  } catch (error) {
    if (error instanceof InputError) return null; // Cut short or of another version: audited anew.
    throw error;
  }
}
