/** How a reader calls the attributes of a study, and their units. */
const words: Readonly<Record<string, { name: string; unit?: string }>> = {
  slicesInStudy: { name: "number of slices" },
  rows: { name: "number of rows", unit: "px" },
  columns: { name: "number of columns", unit: "px" },
  spacingZMm: { name: "distance of slices", unit: "mm" },
  pixelSpacingMm: { name: "pixel spacing", unit: "mm" },
  sliceThicknessMm: { name: "slice thickness", unit: "mm" },
  kernel: { name: "reconstruction kernel" },
  manufacturer: { name: "scanner's manufacturer" },
  modelName: { name: "scanner's model" },
  tubeVoltageKv: { name: "tube voltage", unit: "kV" },
  contrastMedium: { name: "use of contrast medium" },
  sex: { name: "patient's sex" },
  ageYears: { name: "patient's age", unit: "years" },
  meanLungHu: { name: "mean density of the lungs", unit: "HU" },
  lungsMl: { name: "volume of the lungs", unit: "ml" },
};

/** An attribute's name in words; one that is not known stays as it is. */
export function attributeName(attribute: string): string {
  return words[attribute]?.name ?? attribute;
}

/** An attribute's value, or what it spans, with its unit. Four digits of a number. */
export function attributeValue(attribute: string, ...values: readonly (string | number)[]): string {
  const shown = values.map((value) =>
    typeof value === "number" ? String(Number(value.toPrecision(4))).replace("-", "\u2212") : value,
  );
  const unit = words[attribute]?.unit;
  return `${shown.join(" to ")}${unit === undefined ? "" : `\u00a0${unit}`}`;
}
