/** All of this age and more are told as this age, so that few are found by it. @source HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C) */
const oldestTold = 90;

const perYear: Readonly<Record<string, number>> = { Y: 1, M: 12, W: 52.1775, D: 365.2425 };

/**
 * A patient's whole years at the study, at most 90: of the Patient Age, else from the birth date and the study's date.
 *
 * age: DICOM's AS, such as 045Y or 018M; dates: DICOM's DA, YYYYMMDD. undefined where neither says it.
 * @source PS3.5 section 6.2 (AS, DA)
 */
export function ageInYears(
  age: string | undefined,
  birthDate: string | undefined,
  studyDate: string | undefined,
): number | undefined {
  const [, count, unit] = /^(\d{1,3})([YMWD])$/.exec(age ?? "") ?? [];
  const years =
    count !== undefined && unit !== undefined
      ? Math.floor(Number(count) / (perYear[unit] ?? 1))
      : yearsBetween(birthDate, studyDate);
  return years === undefined || years < 0 || years > 130 ? undefined : Math.min(years, oldestTold);
}

/** The year of a DICOM date, undefined where it is none. */
export function yearOf(date: string | undefined): number | undefined {
  const year = isDate(date) ? Number(date.slice(0, 4)) : 0;
  return year >= 1970 && year <= 2200 ? year : undefined;
}

function yearsBetween(from: string | undefined, to: string | undefined): number | undefined {
  if (!isDate(from) || !isDate(to)) return undefined;
  const hadBirthday = to.slice(4) >= from.slice(4);
  return Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (hadBirthday ? 0 : 1);
}

const isDate = (text: string | undefined): text is string => /^\d{4}[01]\d[0-3]\d$/.test(text ?? "");
