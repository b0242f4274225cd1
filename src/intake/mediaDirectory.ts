import { parseInstance } from "../dicom/parseInstance.ts";
import type { IntakeFile } from "./intakeFile.ts";

/** The SOP class of a DICOMDIR, the directory of a medium's files. @source PS3.4 table B.5-1, PS3.10 8 */
export const mediaDirectory = "1.2.840.10008.1.3.10";

/** Whether a file is a DICOMDIR by its content. */
export async function isMediaDirectory(file: IntakeFile): Promise<boolean> {
  try {
    return parseInstance(await file.head(2 ** 14))?.sopClassUid === mediaDirectory;
  } catch {
    return false;
  }
}
