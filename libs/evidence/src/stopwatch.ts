import { createContext, Script } from 'node:vm';
import { budgets } from '@backstay/document';
import { unreadable } from './evidence-result.ts';

const script = new Script('run()');
const MiB = 1024 ** 2;

/** Bounds what expressions of others may take, whose steps nobody can count: for one batch, and for all batches by what is in them. */
export class Stopwatch {
  #leftMs: number = budgets.pattern.batchMs;

  constructor(private readonly complaint: () => string) {}

  /** Tests each text. @throws {Unusable} */
  run(texts: readonly string[], test: (text: string) => boolean): boolean[] {
    const size = texts.reduce((sum, text) => sum + text.length, 0);
    this.#leftMs = Math.min(this.#leftMs + (size / MiB) * budgets.pattern.mebibyteMs, mostSavedMs);
    const timeout = Math.ceil(Math.min(this.#leftMs, budgets.pattern.batchMs));
    const began = performance.now();
    try {
      return script.runInContext(createContext({ run: () => texts.map(test) }), { timeout }) as boolean[];
    } catch {
      throw unreadable(this.complaint());
    } finally {
      this.#leftMs = Math.max(1, this.#leftMs - (performance.now() - began));
    }
  }
}

/** What quick batches leave unused helps a slow one, up to here. */
const mostSavedMs = 10_000;
