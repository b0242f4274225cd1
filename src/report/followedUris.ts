import type { FollowedPictures } from "../diagnosis/follow.ts";
import { coronalMapUri } from "./coronalMapPng.ts";
import type { FollowedUris } from "./followParts.ts";
import { levelPictureUri } from "./levelPicturePng.ts";

/** What there is to look at of each study, as data URIs for a page. */
export async function followedUris(pictures: readonly FollowedPictures[]): Promise<FollowedUris[]> {
  const uris: FollowedUris[] = [];
  for (const { map, levels } of pictures) {
    const drawn: FollowedUris["levels"][number][] = [];
    for (const picture of levels) {
      const { level, sliceIndex } = picture;
      drawn.push({ level, sliceIndex, uri: await levelPictureUri(picture) });
    }
    uris.push({ map: map && (await coronalMapUri(map)), levels: drawn });
  }
  return uris;
}
