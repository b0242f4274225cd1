import sharp from "sharp";
import { InputError } from "../base/errors.ts";
import type { Picture, PictureFile } from "../study/volume.ts";
import type { IntakeFile } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";

/** A picture, and whether its levels nearly all were lost in 8 bits. */
export interface ReadPicture {
  readonly picture: Picture;
  readonly isDim: boolean;
}

/**
 * A PNG or JPEG as 8-bit grey: colours by their luma (0.299, 0.587, 0.114, rounded as Pillow does), transparency over black,
 * 16 bits by their upper eight.
 * @throws InputError PICTURE_INVALID, FILE_TOO_LARGE.
 */
export async function readPicture(file: IntakeFile, settings: IntakeSettings): Promise<ReadPicture> {
  const bytes = await file.whole();
  try {
    const limit = settings.maxMatrix ** 2;
    const image = sharp(bytes, { limitInputPixels: limit, failOn: "truncated", ignoreIcc: true });
    image.timeout({ seconds: longestSeconds });
    const { depth, channels, format } = await image.metadata();
    const isDeep = depth === "ushort";
    // Without this, 16 bits would be brought to 8 before they are written as 16.
    if (isDeep) image.toColourspace(channels < 3 ? "grey16" : "rgb16");
    const { data, info } = await image
      .raw({ depth: isDeep ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const samples = isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.length >> 1) : data;
    const pixels = greyOf(samples, info.channels, isDeep ? 65_535 : 255);
    const isDim = isDeep && samples.every((value) => value < 16_384);
    const written: PictureFile = {
      format: format === "png" ? "PNG" : "JPEG",
      mode: modes[channels - 1] ?? "RGB",
      bitDepth: isDeep ? 16 : 8,
    };
    return { picture: { pixels, shape: [info.height, info.width], name: file.path, file: written }, isDim };
  } catch (cause) {
    throw new InputError(
      "PICTURE_INVALID",
      `${file.path} is no whole PNG or JPEG of at most ${settings.maxMatrix} × ${settings.maxMatrix} pixels. Copy it again.`,
      { cause },
    );
  }
}

/** A picture of 16 megapixels takes less than a second; on a busy machine it may wait. */
const longestSeconds = 30;

const modes = ["grey", "grey and alpha", "RGB", "RGBA"];

function greyOf(samples: Uint8Array | Uint16Array, channels: number, full: number): Uint8Array {
  const grey = new Uint8Array(samples.length / channels);
  const hasAlpha = channels === 2 || channels === 4;
  const isDeep = full > 255;
  for (let i = 0; i < grey.length; i++) {
    const at = i * channels;
    const alpha = hasAlpha ? (samples[at + channels - 1] as number) : full;
    const over = (channel: number) => Math.round(((samples[at + channel] as number) * alpha) / full);
    const luma = channels < 3 ? over(0) : (over(0) * 19_595 + over(1) * 38_470 + over(2) * 7_471 + 0x8000) >>> 16;
    grey[i] = isDeep ? luma >> 8 : luma;
  }
  return grey;
}
