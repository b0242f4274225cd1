/**
 * A first layer's weight for another number of input channels: three summed into one, or one repeated and divided by three,
 * so that a grey image shown three times gives what it gave before.
 *
 * weight: [outputs, from, height, width]; returns [outputs, to, height, width].
 * @source timm, adapt_input_conv.
 */
export function changeChannels(weight: Float32Array, shape: readonly number[], to: number): Float32Array<ArrayBuffer> {
  const [outputs = 0, from = 0, height = 0, width = 0] = shape;
  const pixels = height * width;
  const changed = new Float32Array(outputs * to * pixels);
  for (let i = 0; i < changed.length; i++) {
    const pixel = i % pixels;
    const output = Math.floor(i / (to * pixels));
    let sum = 0;
    for (let channel = 0; channel < from; channel++) sum += weight[(output * from + channel) * pixels + pixel] ?? 0;
    changed[i] = sum / to;
  }
  return changed;
}
