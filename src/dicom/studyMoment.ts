import { defaultParseLimits, type ParseLimits, parseDataSet } from "./dataSet.ts";
import { elementsOf } from "./elements.ts";

/**
 * When a DICOM file's study was made, in days since 1970 with the time of day as a fraction; null where it does not say. It is a date of the
 * patient: only differences of it may be kept or shown.
 *
 * file: its beginning is enough.
 * @source PS3.5 section 6.2 (DA, TM)
 */
export function studyMoment(file: Uint8Array, limits: ParseLimits = defaultParseLimits): number | null {
  const dataSet = parseDataSet(file, limits);
  if (!dataSet) return null;
  const top = elementsOf(dataSet.parsed);
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(top.text("x00080020") ?? "") ?? [];
  if (year === undefined) return null;
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
  const [, hours = "0", minutes = "0", seconds = "0"] =
    /^(\d{2}):?(\d{2})?:?(\d{2})?/.exec(top.text("x00080030") ?? "") ?? [];
  return days + (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) / 86_400;
}
