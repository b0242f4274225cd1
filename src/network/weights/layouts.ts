/** One way in which the arrays of a ResNet are named in files. */
export interface Layout {
  readonly name: "torchvision" | "sequential" | "transformers";
  /** The file's name of an array of the network without its prefix; the last layer has names of its own, below. */
  fileNameOf(name: string): string;
  /** What the last, fully connected layer is called. */
  readonly heads: readonly string[];
  /** What belongs to the layers before the last one, by the file's names without their prefix. */
  readonly trunk: RegExp;
}

/** All layouts that are looked for; earlier ones win where both fit alike. */
export const layouts: readonly Layout[] = [
  {
    name: "torchvision",
    fileNameOf: (name) => name,
    // timm: fc; other trainers: head, last_linear, classifier, with or without a dropout before it.
    heads: ["fc", "head", "head.fc", "last_linear", "classifier", "fc.1", "classifier.1"],
    trunk: /^(layer\d+|conv\d+|bn\d+|downsample)\./,
  },
  {
    /** nn.Sequential(*resnet.children()), as RadImageNet's PyTorch weights: backbone.0 … backbone.7. */
    name: "sequential",
    fileNameOf: (name) =>
      name
        .replace(/^conv1\b/, "0")
        .replace(/^bn1\b/, "1")
        .replace(/^layer(\d)\b/, (_, layer: string) => String(Number(layer) + 3)),
    heads: ["9", "10", "fc"],
    trunk: /^[0-7]\./,
  },
  {
    /** Hugging Face transformers' ResNetModel. */
    name: "transformers",
    fileNameOf: (name) =>
      name
        .replace(/^conv1\b/, "embedder.embedder.convolution")
        .replace(/^bn1\b/, "embedder.embedder.normalization")
        .replace(/^layer(\d)\.(\d+)\./, (_, layer: string, block: string) => {
          return `encoder.stages.${Number(layer) - 1}.layers.${block}.`;
        })
        .replace(/\bconv(\d)\b/, (_, n: string) => `layer.${Number(n) - 1}.convolution`)
        .replace(/\bbn(\d)\b/, (_, n: string) => `layer.${Number(n) - 1}.normalization`)
        .replace("downsample.0", "shortcut.convolution")
        .replace("downsample.1", "shortcut.normalization"),
    heads: [],
    trunk: /^(embedder|encoder)\./,
  },
];

/** The batch norm after a convolution, by torchvision's names without ".weight": "layer1.0.conv2" → "layer1.0.bn2". */
export function normAfter(convolution: string): string {
  return convolution.replace(/conv(\d+)$/, "bn$1").replace(/downsample\.0$/, "downsample.1");
}
