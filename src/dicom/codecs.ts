import dcmjsCodecs from "dcmjs-codecs";
import type { PixelFormat } from "./instance.ts";
import { withMaxMemory } from "./maxMemory.ts";
import type { PixelCodec } from "./transferSyntax.ts";

const { Context, NativeCodecs, log } = dcmjsCodecs;

/** A slice of 4096² needs 200 MB; a header that lies asks for gigabytes, and gets an error. */
const maxMemoryMb = 320;

/** The codecs with less memory than the 2 GB that their module allows itself. */
class BoundedCodecs extends NativeCodecs {
  static async _getWebAssemblyBytes(): Promise<ArrayBuffer> {
    // The package reads its module by this method, which its types leave out.
    const { _getWebAssemblyBytes: read } = NativeCodecs as unknown as { _getWebAssemblyBytes(): Promise<ArrayBuffer> };
    return withMaxMemory(await read.call(NativeCodecs), maxMemoryMb).buffer;
  }
}

let ready: Promise<void> | undefined;

/** Loads the codecs' WebAssembly module, once; anew after a frame that could not be decoded. */
export function loadCodecs(): Promise<void> {
  log.setLevel("silent"); // the codecs print what they think of broken files
  ready ??= BoundedCodecs.initializeAsync();
  return ready;
}

/** A frame as the codec gives it: samples of 1 or 2 bytes, little endian. */
export interface DecodedFrame {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
}

/**
 * Decodes one frame. `loadCodecs` must have been awaited.
 * Throws whatever the codec throws; its memory is in an unknown state then, so the module is loaded anew for the next.
 */
export function decodeWith(codec: PixelCodec, encoded: Uint8Array, format: PixelFormat): DecodedFrame {
  const context = new Context({
    width: format.columns,
    height: format.rows,
    bitsAllocated: format.bitsAllocated,
    bitsStored: format.bitsStored,
    samplesPerPixel: format.samplesPerPixel,
    pixelRepresentation: format.isSigned ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: "MONOCHROME2",
    encodedBuffer: encoded,
  });
  try {
    const decoded = decoders[codec](context);
    return {
      bytes: decoded.getDecodedBuffer() ?? new Uint8Array(0),
      rows: decoded.getHeight() ?? 0,
      columns: decoded.getWidth() ?? 0,
      bitsAllocated: decoded.getBitsAllocated() ?? 0,
    };
  } catch (error) {
    ready = undefined;
    throw error;
  }
}

type Decoder = (context: InstanceType<typeof Context>) => InstanceType<typeof Context>;

const decoders: Readonly<Record<PixelCodec, Decoder>> = {
  rle: (context) => BoundedCodecs.decodeRle(context),
  jpeg: (context) => BoundedCodecs.decodeJpeg(context, { convertColorspaceToRgb: false }),
  jpegLs: (context) => BoundedCodecs.decodeJpegLs(context),
  jpeg2000: (context) => BoundedCodecs.decodeJpeg2000(context),
  htJpeg2000: (context) => BoundedCodecs.decodeHtJpeg2000(context),
};
