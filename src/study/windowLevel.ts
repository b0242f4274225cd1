/** A display window in Hounsfield units. @source PS3.3 C.11.2.1.2 */
export interface WindowLevel {
  readonly levelHu: number;
  readonly widthHu: number;
}

export const lungWindow: WindowLevel = { levelHu: -600, widthHu: 1500 };
export const mediastinalWindow: WindowLevel = { levelHu: 40, widthHu: 400 };

/** Grey 0–255 of a value in Hounsfield units under a window, clipped, rounded to the nearest. */
export function greyOfHu(hu: number, window: WindowLevel): number {
  const share = (hu - window.levelHu) / window.widthHu + 0.5;
  return Math.round(255 * Math.min(1, Math.max(0, share)));
}
