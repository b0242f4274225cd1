import { resolveTrainingSettings, type TrainingSettings } from "./trainingSettings.ts";

/**
 * The options of `groundglass train` that give these settings, after its preset, network, pretrained weights, epochs, seed and fold:
 * those that the preset without data would choose otherwise.
 */
export function settingsAsOptions(settings: TrainingSettings): string[] {
  const { preset, freeze, unfreezeEvery, optimiser, sampling, network } = settings;
  const usual = resolveTrainingSettings({ preset, network, freeze, unfreezeEvery, optimiser, sampling }, []);
  const changed = (name: keyof TrainingSettings, option: string) =>
    settings[name] === usual[name] ? [] : [`--${option} ${settings[name]}`];
  const { augmentation } = settings;
  const isPlain = augmentation.crop === "centre";
  const named = isPlain ? [`--augment ${augmentation.flip === 0 ? "none" : "flips"}`] : [];
  const single = (
    [
      ["rotationDegrees", "rotate"],
      ["scale", "scale"],
      ["intensity", "intensity"],
      ["noise", "noise"],
    ] as const
  ).flatMap(([name, option]) => (augmentation[name] === 0 ? [] : [`--${option} ${augmentation[name]}`]));
  return [
    ...(freeze === null ? [] : [`--freeze ${freeze}`]),
    ...(unfreezeEvery === null ? [] : [`--unfreeze-every ${unfreezeEvery}`]),
    ...(optimiser === "adam" ? [] : [`--optimiser ${optimiser}`]),
    ...changed("batchSize", "batch"),
    ...changed("accumulate", "accumulate"),
    ...changed("learningRate", "learning-rate"),
    ...changed("headLearningRate", "head-learning-rate"),
    ...changed("layerDecay", "layer-decay"),
    ...changed("schedule", "schedule"),
    ...(settings.warmUp === 0 ? [] : [`--warm-up ${100 * settings.warmUp}%`]),
    ...changed("patience", "patience"),
    ...changed("bestBy", "best-by"),
    ...(optimiser === "sgd" ? changed("momentum", "momentum") : []),
    ...(settings.isNesterov ? ["--nesterov"] : []),
    ...changed("weightDecay", "weight-decay"),
    ...(settings.decayed === "all" && usual.decayed === "weights" ? ["--decay-all"] : []),
    ...changed("clipNorm", "clip-norm"),
    ...changed("slicesPerStudy", "slices-per-study"),
    ...(sampling === "images" ? [] : [`--sampling ${sampling}`]),
    ...changed("classWeights", "class-weights"),
    ...named,
    ...single,
    ...changed("labelSmoothing", "label-smoothing"),
    ...changed("mixup", "mixup"),
  ];
}
