/** Pixels 0..255 of some images to inputs of [0, 1], one array per image. */
export function scaled(pixels: Uint8Array, first: number, count: number, size: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const image = new Float32Array(size);
    const start = (first + i) * size;
    for (let j = 0; j < size; j++) image[j] = pixels[start + j]! / 255;
    return image;
  });
}
