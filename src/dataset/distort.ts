import { createRandom } from "../base/random.ts";

/** How a view differs from a plain crop. */
export interface Distortion {
  /** Counterclockwise as it is seen, about the crop's centre. */
  readonly rotationDegrees: number;
  /** Above 1: things look larger. */
  readonly scale: number;
  /** What grey is multiplied by. */
  readonly brightness: number;
  /** What the distance from the crop's mean grey is multiplied by, after that. */
  readonly contrast: number;
  /** Normal noise at last; deviation as a share of the whole range of grey. null: none. */
  readonly noise: { readonly deviation: number; readonly seed: number } | null;
}

/** A prepared slice and the square crop of it. */
export interface Cropping {
  /** [storedPx, storedPx], grey 0–255. */
  readonly image: Uint8Array;
  readonly storedPx: number;
  readonly top: number;
  readonly left: number;
  readonly inputPx: number;
}

/**
 * The crop of a slice, turned, scaled, brightened and noisy: [inputPx, inputPx], grey 0–255, with fractions.
 *
 * Between pixels it is bilinear; beyond the slice its border goes on; grey stays within 0–255.
 * @source torch.nn.functional.grid_sample with padding_mode="border"; torchvision's adjust_brightness and adjust_contrast.
 */
export function distortedCrop(cropping: Cropping, distortion: Distortion): Float32Array {
  const grey = turnedCrop(cropping, distortion);
  const { brightness, contrast, noise } = distortion;
  if (brightness !== 1) for (let i = 0; i < grey.length; i++) grey[i] = clamped((grey[i] as number) * brightness);
  if (contrast !== 1) {
    const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
    for (let i = 0; i < grey.length; i++) grey[i] = clamped(mean + contrast * ((grey[i] as number) - mean));
  }
  if (noise !== null) addNoise(grey, 255 * noise.deviation, noise.seed);
  return grey;
}

function turnedCrop({ image, storedPx, top, left, inputPx }: Cropping, distortion: Distortion): Float32Array {
  const angle = (distortion.rotationDegrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle) / distortion.scale, Math.sin(angle) / distortion.scale];
  const middle = (inputPx - 1) / 2;
  const last = storedPx - 1;
  const grey = new Float32Array(inputPx * inputPx);
  for (let y = 0; y < inputPx; y++) {
    for (let x = 0; x < inputPx; x++) {
      // Rows go down: what is turned counterclockwise is looked up clockwise.
      const [dy, dx] = [y - middle, x - middle];
      const row = Math.min(last, Math.max(0, top + middle + sine * dx + cosine * dy));
      const column = Math.min(last, Math.max(0, left + middle + cosine * dx - sine * dy));
      const [y0, x0] = [Math.floor(row), Math.floor(column)];
      const at = y0 * storedPx + x0;
      const [right, below] = [x0 < last ? 1 : 0, y0 < last ? storedPx : 0];
      const [fy, fx] = [row - y0, column - x0];
      const upper = (1 - fx) * (image[at] as number) + fx * (image[at + right] as number);
      const lower = (1 - fx) * (image[at + below] as number) + fx * (image[at + below + right] as number);
      grey[y * inputPx + x] = (1 - fy) * upper + fy * lower;
    }
  }
  return grey;
}

/** Both normal numbers of each Box–Muller pair: an image has many pixels. */
function addNoise(grey: Float32Array, deviation: number, seed: number): void {
  const random = createRandom(seed);
  for (let i = 0; i < grey.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    grey[i] = clamped((grey[i] as number) + radius * Math.cos(angle));
    if (i + 1 < grey.length) grey[i + 1] = clamped((grey[i + 1] as number) + radius * Math.sin(angle));
  }
}

function clamped(grey: number): number {
  return grey < 0 ? 0 : grey > 255 ? 255 : grey;
}
