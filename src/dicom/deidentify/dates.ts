/** A DICOM date (VR DA, or the date of a DT) moved by whole days; null where it is no whole date. @source PS3.5 6.2 */
export function shiftDate(text: string, days: number): string | null {
  const found = /^(\d{4})(\d{2})(\d{2})(.*)$/.exec(text.trim());
  if (!found) return null;
  const [, year, month, day, rest = ""] = found;
  if (!/^(\d{2,6}(\.\d{1,6})?)?([+-]\d{4})?$/.test(rest)) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  date.setUTCDate(date.getUTCDate() + days);
  if (date.getUTCFullYear() < 1000) return null;
  return `${date.toISOString().slice(0, 10).replaceAll("-", "")}${rest}`;
}
