// The page: shows digits and passes them to the worker, which is the client.
import type { FromWorker, ToWorker } from './client-worker.ts';

const COUNT = 20;
const SIDE = 28;

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const button = element<HTMLButtonElement>('classify');
const say = (line: string): void => element('log').append(`${line}\n`);

const response = await fetch('/digits'); // some test images of MNIST, pixel / 255: stands in for the user's own data
const pixels = new Float32Array(await response.arrayBuffer()).subarray(0, COUNT * SIDE * SIDE);
const captions = Array.from({ length: COUNT }, (_, i) => show(pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)));

const worker = new Worker(new URL('./client-worker.ts', import.meta.url), { type: 'module' });
const tell = (message: ToWorker): void => worker.postMessage(message);

worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'says') say(data.line);
  if (data.type === 'ready') button.disabled = false;
  if (data.type === 'digits') {
    for (const [i, digit] of data.digits.entries()) captions[i]!.textContent = String(digit);
    button.disabled = false;
  }
};
button.onclick = () => {
  button.disabled = true;
  tell({ images: Array.from({ length: COUNT }, (_, i) => pixels.slice(i * SIDE * SIDE, (i + 1) * SIDE * SIDE)) });
};

/** Draws one image; the caption is for its class. */
function show(image: Float32Array): HTMLElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIDE;
  const grey = Uint8ClampedArray.from({ length: 4 * image.length }, (_, i) =>
    i % 4 === 3 ? 255 : 255 * image[i >> 2]!,
  );
  canvas.getContext('2d')!.putImageData(new ImageData(grey, SIDE, SIDE), 0, 0);
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  figure.append(canvas, caption);
  element('digits').append(figure);
  return caption;
}
