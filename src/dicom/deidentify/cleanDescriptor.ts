/** Words that describe a scan and name nobody. What is not among them does not stay in a cleaned description. */
const harmless = new Set(
  `ABDOMEN ADULT AND ANGIO ARTERIAL AX AXIAL AXIALS BASE BLADE BODY BONE BOLUS BREATH BREATHHOLD BREATHING BRONCHUS CARDIAC CAP CE
  CHEST CONTRAST COR CORONAL COVID CT CTA CTPA DELAYED DOSE ECG EXP EXPIRATION FEET FIRST FULL GATED HEAD HEART HELICAL HI HIGH HOLD
  HR HRCT IN INSP INSPIRATION IV KERNEL KV LARGE LATE LEFT LOW LOWDOSE LUNG LUNGS MAR MED MEDIASTINAL MEDIASTINUM MIP MM MPR NATIVE
  NECK NO NON NONCONTRAST OF PARENCHYMA PE PHASE PLAIN POST PRE PRONE PULMONARY RECON REFORMAT RES RESOLUTION RIGHT ROUTINE SAG
  SAGITTAL SCAN SCOUT SCREENING SECOND SEQ SERIES SHARP SLICE SMALL SMOOTH SOFT SPIRAL STANDARD STD SUPINE SURVEY THICK THIN THORAX
  TISSUE TO TOPOGRAM UNENHANCED UPPER VASCULAR VENOUS VOLUME W WITH WITHOUT WO X`.split(/\s+/),
);

/**
 * The description with the words that name nobody: radiology's own, sizes such as "1.5MM", numbers of up to two digits, and
 * kernels such as "B70f". Empty where nothing is left.
 */
export function cleanDescriptor(text: string): string {
  return text
    .split(/[\s_/,;:()[\]-]+/)
    .filter((word) => isHarmless(word.toUpperCase()))
    .join(" ");
}

function isHarmless(word: string): boolean {
  return (
    harmless.has(word) || /^\d{1,2}(\.\d{1,2})?(MM|CM|KV|S|%)?$/.test(word) || /^(B[A-Z]?|FC|I)\d{2}[A-Z]?$/.test(word)
  );
}
