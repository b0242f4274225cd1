import { join } from "node:path";
import { writeFileWhole, writeJson } from "../base/files.ts";
import type { Progress } from "../base/progress.ts";
import type { AskingOptions } from "../classifier/openAsked.ts";
import { diagnose } from "../diagnosis/diagnose.ts";
import { diagnoseWithPrior } from "../diagnosis/diagnoseWithPrior.ts";
import type { Diagnosis } from "../diagnosis/diagnosis.ts";
import type { KeyPicture } from "../diagnosis/keyPictures.ts";
import type { IntakeSettings } from "../intake/intakeSettings.ts";
import { coronalMapUri } from "./coronalMapPng.ts";
import { diagnosisPage } from "./diagnosisPage.ts";
import { followedUris } from "./followedUris.ts";
import type { KeyPictureUri, KeyPictureUris } from "./heatedPicture.ts";
import { keyHeatUri, keyPictureUri } from "./keyPicturePng.ts";

export interface DiagnoseStudyOptions extends AskingOptions {
  /** Folder of the classifier. */
  readonly classifier: string;
  /** Folder for diagnosis.json and diagnosis.html; made where it is missing. */
  readonly out: string;
  /** Read this series instead of choosing one. */
  readonly seriesUid?: string | undefined;
  /** An earlier study of the subject, or the folder of its diagnosis: says what changed since. */
  readonly prior?: string | undefined;
  /** Days from the prior study to this one, where the files do not say when they were made. */
  readonly daysSincePrior?: number | undefined;
  /** Settings of the reading that differ from the defaults. */
  readonly intake?: Partial<IntakeSettings> | undefined;
  /** Give the finding of a study that is not analysable, with the reasons against it. */
  readonly answerAnyway?: boolean | undefined;
  /** Whether to draw heat maps of the key slices; true where it is left out. */
  readonly heat?: boolean | undefined;
  /** Milliseconds that only rise, for the timings; the machine's own where it is left out. */
  readonly clock?: (() => number) | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Diagnoses one study and writes diagnosis.json and diagnosis.html, a page that needs nothing but itself.
 * @throws as diagnose and writeFileWhole.
 */
export async function diagnoseStudy(study: string, options: DiagnoseStudyOptions): Promise<Diagnosis> {
  const { classifier, out, clock = () => performance.now(), prior, ...rest } = options;
  const timed = { ...rest, clock };
  const diagnosed = prior === undefined ? null : await diagnoseWithPrior(study, classifier, { ...timed, prior });
  const { diagnosis, pictures, stagePictures, map } = diagnosed ?? (await diagnose(study, classifier, timed));
  const uris = await urisOf(pictures);
  const stages = new Map<string, KeyPictureUris>();
  for (const [name, own] of stagePictures) stages.set(name, await urisOf(own));
  const mapUri = map && (await coronalMapUri(map));
  const since = diagnosed && { followUp: diagnosed.followUp, pictures: await followedUris(diagnosed.followed) };
  await writeFileWhole(join(out, "diagnosis.html"), diagnosisPage(diagnosis, uris, { mapUri, since, stages }));
  await writeJson(join(out, "diagnosis.json"), diagnosis);
  return diagnosis;
}

async function urisOf(pictures: readonly KeyPicture[]): Promise<KeyPictureUris> {
  const uris = new Map<number, KeyPictureUri>();
  for (const picture of pictures) {
    uris.set(picture.sliceIndex, { slice: await keyPictureUri(picture), heat: await keyHeatUri(picture) });
  }
  return uris;
}
