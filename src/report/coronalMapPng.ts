import sharp from "sharp";
import type { CoronalMap } from "../scope/coronalMap.ts";

/** Of ground glass and consolidation, red, green and blue; told apart also by who sees no red or no green. */
export const groundGlassRgb = [255, 196, 61] as const;
export const consolidationRgb = [232, 72, 85] as const;

/** As CSS writes a colour. */
export const cssOf = (rgb: readonly [number, number, number]) => `rgb(${rgb.join(" ")})`;

const widthPx = 480;
/** So deep a lesion has its full colour; so deep a lung is as light as it gets. */
const fullColourMm = 40;
const fullGreyMm = 150;

/** The lungs from the front as a PNG in a data URI: the deeper the lung the lighter, what is diseased in colour. */
export async function coronalMapUri(map: CoronalMap): Promise<string> {
  const [rows, columns] = map.shape;
  const rgb = new Uint8Array(3 * rows * columns);
  for (let i = 0; i < rows * columns; i++) {
    const [lung, glass, dense] = [map.lungMm[i], map.groundGlassMm[i], map.consolidationMm[i]];
    if (lung === 0) continue;
    const grey = 45 + 95 * Math.min(1, lung / fullGreyMm);
    const ill = glass + dense;
    const cover = ill === 0 ? 0 : 0.25 + 0.75 * Math.min(1, ill / fullColourMm);
    for (let c = 0; c < 3; c++) {
      const colour = ill === 0 ? 0 : (glass * groundGlassRgb[c] + dense * consolidationRgb[c]) / ill;
      rgb[3 * i + c] = Math.round(grey + cover * (colour - grey));
    }
  }
  const heightPx = Math.max(1, Math.round((widthPx * rows * map.spacingMm[0]) / (columns * map.spacingMm[1])));
  const png = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(widthPx, heightPx, { fit: "fill", kernel: "cubic" })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
