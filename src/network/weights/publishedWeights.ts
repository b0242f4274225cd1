import type { NetworkName } from "../networkSpec.ts";

/** Weights that their makers publish and that `weights pull` fetches. */
export interface PublishedWeights {
  readonly name: string;
  readonly network: NetworkName;
  readonly url: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Who made them from what. */
  readonly source: string;
  readonly license: string;
}

const torchvisionLicense =
  "torchvision: BSD-3-Clause; the weights may carry ImageNet's terms (non-commercial research), yours to judge";

/**
 * The table of published weights.
 *
 * @source https://docs.pytorch.org/vision/stable/models.html (files and the first eight digits of their SHA-256, which are
 * in the names).
 */
export const publishedWeights: readonly PublishedWeights[] = [
  {
    name: "imagenet-resnet18",
    network: "resnet18",
    url: "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    sizeBytes: 46_830_571,
    sha256: "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
    source: "torchvision, ResNet18_Weights.IMAGENET1K_V1",
    license: torchvisionLicense,
  },
  {
    name: "imagenet-resnet50",
    network: "resnet50",
    url: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
    sizeBytes: 102_530_333,
    sha256: "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
    source: "torchvision, ResNet50_Weights.IMAGENET1K_V1",
    license: torchvisionLicense,
  },
  {
    name: "imagenet-resnet50-v2",
    network: "resnet50",
    url: "https://download.pytorch.org/models/resnet50-11ad3fa6.pth",
    sizeBytes: 102_540_417,
    sha256: "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca",
    source: "torchvision, ResNet50_Weights.IMAGENET1K_V2",
    license: torchvisionLicense,
  },
];

/** Why weights that people ask for are not in the table. */
export const notPulled: Readonly<Record<string, string>> = {
  "radimagenet-resnet50":
    "RadImageNet's makers publish no file with a checksum at a lasting address, and say different things of its terms. Get it from them (github.com/BMEII-AI/RadImageNet), then: groundglass weights add ResNet50.pt --name radimagenet-resnet50",
};
