import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from '../src/kernel/kernel.ts';
import { createChecker, type Outcome, Violation } from './check.ts';
import { Coverage } from './coverage.ts';
import type { Meter } from './meter.ts';
import { mutate } from './mutate.ts';
import { openTarget } from './open.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

export interface Job {
  readonly target: string;
  /** Folders with inputs to start from; the target's samples are taken too unless `samples` is false. */
  readonly corpus: readonly string[];
  readonly samples?: boolean;
  /** Where inputs go that show something new. */
  readonly save?: string;
  /** Where inputs go that break a promise. */
  readonly crashes: string;
  readonly stateFile: string;
  readonly seconds?: number;
  /** Inputs, instead of seconds. */
  readonly count?: number;
  readonly seed: number;
  /** Only the given inputs, each once: those that cover what the shorter ones do not are saved. */
  readonly merge?: boolean;
  /** Goes on after an input that breaks a promise. Default: stops. */
  readonly goOn?: boolean;
}

const report = (facts: object): void => void writeSync(1, `${JSON.stringify(facts)}\n`);
const hash = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/**
 * One target in one process, as `run.mjs` starts it. Coverage guides it where the modules were instrumented. Prints a
 * line of JSON a second, the last one with `done`. Before each input is tried it is in `stateFile`, so that whoever
 * started the process can tell which one ended or stopped it.
 */
export async function runSession(job: Job): Promise<never> {
  Error.stackTraceLimit = 4;
  const { kernel, target } = await openTarget(job.target);
  const session = new Session(job, kernel, target);
  await session.start();
  if (!job.merge) await session.explore();
  return session.finish();
}

class Session {
  readonly #job: Job;
  readonly #kernel: Kernel;
  readonly #target: Target;
  readonly #random: Random;
  readonly #coverage = new Coverage();
  readonly #state: number;
  readonly #begun = Date.now();
  readonly #counts = { executions: 0, crashes: 0 };
  readonly #outcomes = new Map<Outcome, number>();
  readonly #corpus: Uint8Array[] = [];
  readonly #found = new Set<string>();
  #last = Buffer.alloc(2 ** 16);
  readonly #check: (bytes: Uint8Array) => Outcome | Promise<Outcome>;
  readonly #meter: Meter;
  #most = 4096;

  constructor(job: Job, kernel: Kernel, target: Target) {
    this.#job = job;
    this.#kernel = kernel;
    this.#target = target;
    this.#random = new Random(job.seed);
    this.#state = openSync(job.stateFile, 'w');
    const { check, meter } = createChecker(kernel, target);
    this.#check = check;
    this.#meter = meter;
  }

  /** Tries what is there already, the shortest first. Only inputs that are made afterwards count. */
  async start(): Promise<void> {
    const { samples = true, corpus, merge = false } = this.#job;
    const own = samples ? this.#target.samples : [];
    const inputs = [...own, ...corpus.flatMap(filesOf).sort((a, b) => a.length - b.length)];
    for (const bytes of inputs) {
      const isNew = await this.#execute(bytes);
      if (isNew || !Coverage.instrumented) this.#corpus.push(bytes);
      if (isNew && merge && !own.includes(bytes)) this.#save(bytes);
    }
    this.#most = Math.max(this.#most, 2 * Math.max(0, ...inputs.map((bytes) => bytes.length)));
    if (this.#corpus.length === 0) this.#corpus.push(new Uint8Array(0));
    if (merge) return;
    this.#counts.executions = 0;
    this.#outcomes.clear();
  }

  /** Changes inputs and tries them, until the time or the number is reached. */
  async explore(): Promise<void> {
    const { seconds = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = this.#job;
    const end = this.#begun + 1000 * seconds;
    let next = Date.now() + 1000;
    for (let i = 1; this.#counts.executions < count; i++) {
      if (i % 64 === 0) {
        const now = Date.now();
        if (now >= end) return;
        if (now >= next) {
          next = now + 1000;
          report(this.#summary());
          // Garbage collected objects are let go of between turns of the event loop only.
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      const bytes = this.#changed();
      const result = this.#execute(bytes);
      if (!(typeof result === 'boolean' ? result : await result)) continue;
      this.#corpus.push(bytes);
      this.#save(bytes);
    }
  }

  finish(): never {
    report({ done: true, ...this.#summary() });
    process.exit(this.#counts.crashes > 0 ? 1 : 0);
  }

  #changed(): Uint8Array {
    const { mutate: known, repair } = this.#target;
    const [random, base] = [this.#random, this.#choose()];
    const bytes = known && !random.rarely(3) ? known(base, random) : mutate(base, random, this.#corpus, this.#most);
    return repair && !random.rarely(4) ? (repair(bytes) ?? bytes) : bytes;
  }

  /** Half of the time one of the newest. */
  #choose(): Uint8Array {
    const { length } = this.#corpus;
    const random = this.#random;
    return this.#corpus[random.rarely(2) ? length - 1 - random.below(Math.min(16, length)) : random.below(length)]!;
  }

  /** One input; true if it showed something new. */
  #execute(bytes: Uint8Array): boolean | Promise<boolean> {
    this.#remember(bytes);
    this.#coverage.begin();
    this.#counts.executions++;
    try {
      const outcome = this.#check(bytes);
      if (typeof outcome === 'string') return this.#judged(outcome);
      return outcome.then(
        (one) => this.#judged(one),
        (error: unknown) => this.#broken(error, bytes),
      );
    } catch (error) {
      return this.#broken(error, bytes);
    }
  }

  #judged(outcome: Outcome): boolean {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    return this.#coverage.fresh({ comparisons: !this.#job.merge }) > 0;
  }

  /** Equal words stand for one fault: it is kept once. */
  #broken(error: unknown, bytes: Uint8Array): boolean {
    if (!(error instanceof Violation)) throw error;
    this.#counts.crashes++;
    const what = error.message.split('\n', 4).join('\n');
    const key = what.replaceAll(/\d+/g, 'N');
    if (this.#found.has(key)) return false;
    this.#found.add(key);
    report({ crash: keep(this.#job.crashes, bytes, `${this.#job.target}-`), what });
    if (!this.#job.goOn) this.finish();
    return false;
  }

  #remember(bytes: Uint8Array): void {
    if (this.#last.length < 4 + bytes.length) this.#last = Buffer.alloc(2 * bytes.length + 4);
    this.#last.writeUInt32LE(bytes.length);
    this.#last.set(bytes, 4);
    writeSync(this.#state, this.#last, 0, 4 + bytes.length, 0);
  }

  #save(bytes: Uint8Array): void {
    if (this.#job.save) keep(this.#job.save, bytes);
  }

  #summary() {
    return {
      target: this.#job.target,
      seconds: (Date.now() - this.#begun) / 1000,
      ...this.#counts,
      edges: this.#coverage.edges,
      corpus: this.#corpus.length,
      corpusBytes: this.#corpus.reduce((sum, bytes) => sum + bytes.length, 0),
      allocation: this.#meter.worst(),
      poolPeakBytes: this.#kernel.poolStats().peakBytes,
      outcomes: Object.fromEntries(this.#outcomes),
    };
  }
}

const filesOf = (folder: string): Uint8Array[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => Uint8Array.from(readFileSync(join(folder, name)))) : [];

function keep(folder: string, bytes: Uint8Array, prefix = ''): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, prefix + hash(bytes));
  writeFileSync(path, bytes);
  return path;
}
