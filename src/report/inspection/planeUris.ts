import sharp from "sharp";
import type { PlanePicture } from "./planes.ts";

/** A plane ready for a page: the picture, and over it the lungs' edges, which can be taken away to look beneath. */
export interface PlaneUris {
  readonly plane: PlanePicture["plane"];
  readonly place: string;
  readonly width: number;
  readonly height: number;
  readonly grey: string;
  readonly edges: string | null;
}

/** Red, green, blue and opacity of no edge, the right lung's and the left lung's; both seen well on every grey. */
const edgeColours = [
  [0, 0, 0, 0],
  [61, 220, 205, 235],
  [255, 176, 82, 235],
] as const;

/** A plane as two data URIs: grey as WebP, edges as a transparent PNG of three colours. */
export async function planeUris({ plane, place, grey, edges, shape }: PlanePicture): Promise<PlaneUris> {
  const [height, width] = shape;
  const picture = await sharp(grey, { raw: { width, height, channels: 1 } })
    .webp({ quality: 72, effort: 4 })
    .toBuffer();
  return {
    plane,
    place,
    width,
    height,
    grey: `data:image/webp;base64,${picture.toString("base64")}`,
    edges: edges && (await edgesUri(edges, { width, height })),
  };
}

async function edgesUri(edges: Uint8Array, size: { width: number; height: number }): Promise<string> {
  const rgba = new Uint8Array(4 * edges.length);
  for (let i = 0; i < edges.length; i++) rgba.set(edgeColours[edges[i]], 4 * i);
  const png = await sharp(rgba, { raw: { ...size, channels: 4 } })
    .png({ palette: true, colours: 4, dither: 0, compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
