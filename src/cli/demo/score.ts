import type { ClientSettings } from './control.ts';

/** Compares decrypted logits with labels, with the clear integer plan and with the float model. */
export class Score {
  readonly #truth: ClientSettings;
  readonly #images: number;
  #correct = 0;
  #agree = 0;
  #agreeFloat = 0;
  #maxError = 0;
  #maxLogit = 0;

  constructor(truth: ClientSettings, images: number) {
    this.#truth = truth;
    this.#images = images;
  }

  /** `logits(i)`: the decrypted outputs of image `first + i`. */
  add(first: number, count: number, logits: (i: number) => Float64Array): void {
    for (let i = 0; i < count; i++) this.#one(first + i, logits(i));
  }

  #one(image: number, logits: Float64Array): void {
    const classes = logits.length;
    const clear = this.#truth.clearLogits.subarray(image * classes, (image + 1) * classes);
    const float = this.#truth.floatLogits.subarray(image * classes, (image + 1) * classes);
    const choice = argmax(logits);
    if (choice === this.#truth.labels[image]) this.#correct++;
    if (choice === argmax(clear)) this.#agree++;
    if (choice === argmax(float)) this.#agreeFloat++;
    for (let c = 0; c < classes; c++) {
      // Written so that NaN counts as an infinite error.
      const error = Math.abs(logits[c]! - clear[c]!);
      if (!(error <= this.#maxError)) this.#maxError = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      this.#maxLogit = Math.max(this.#maxLogit, Math.abs(clear[c]!));
    }
  }

  result() {
    return {
      accuracyEncrypted: this.#correct / this.#images,
      agreement: this.#agree,
      agreementFloat: this.#agreeFloat,
      maxLogitError: this.#maxError,
      maxLogit: this.#maxLogit,
    };
  }
}

export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
