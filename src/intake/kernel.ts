/** Whether a reconstruction kernel is smooth ("soft", for soft tissue), sharp ("lung", for lung and bone), or unknown. */
export type KernelKind = "soft" | "lung" | "unknown";

/**
 * The kind of a convolution kernel by its maker's naming; the series' description decides where the name says nothing.
 * @source Makers' DICOM conformance statements: Siemens B30f … Br40, Bl57 (the number is the sharpness), GE STANDARD, LUNG,
 * Canon FC01 … FC86, Philips A … E, L, YA … YC.
 */
export function kernelKind(kernel: string | undefined, description: string | undefined): KernelKind {
  const name = (kernel ?? "").toUpperCase().trim();
  if (/LUNG|BONE|EDGE|ULTRA|SHARP|^L$|^Y?[CDEF]$|^YB$|^HRC/.test(name)) return "lung";
  if (/STANDARD|SOFT|DETAIL|^Y?A$|^B$|BODY|^I?MR/.test(name)) return "soft";
  const canon = /^FC(\d{2})/.exec(name);
  if (canon) return Number(canon[1]) < 30 ? "soft" : "lung";
  const siemens = /^[A-Z]{1,2}(\d{2})/.exec(name);
  if (siemens) return Number(siemens[1]) < 50 ? "soft" : "lung";
  const words = (description ?? "").toUpperCase();
  if (/LUNG|LNG|PARENCH|POUMON|PULMON|HRCT|BONE/.test(words)) return "lung";
  return /MEDIAST|SOFT|WEICH|STANDARD|STND/.test(words) ? "soft" : "unknown";
}
