import { join } from 'node:path';
import type { CommitInfo } from '@backstay/deployment';
import type { Bindings, Problem } from '@backstay/document';
import { readRevision, type WantedRevision } from '@backstay/git';
import type { Platform } from '@backstay/service-kit';

/** What the deployed repository says, what is wrong with it, or why nobody looked. */
export type Looked =
  | {
      readonly kind: 'read';
      readonly commit: CommitInfo;
      readonly bindings: Bindings | undefined;
      readonly warnings: readonly Problem[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'not-read'; readonly why: string };

type Wanted = Omit<WantedRevision, 'cacheDir' | 'signal'>;

const withinMs = 15_000;
const atATime = 4;

/** Reads deployed repositories for dry runs: a few at a time, for a short time each, and without a checkout. */
export class Repositories {
  readonly #platform: Pick<Platform, 'settings' | 'logger'>;
  readonly #withinMs: number;
  #reading = 0;

  /** @param limitMs how long one repository may take */
  constructor(platform: Pick<Platform, 'settings' | 'logger'>, limitMs: number = withinMs) {
    this.#platform = platform;
    this.#withinMs = limitMs;
  }

  async look(wanted: Wanted): Promise<Looked> {
    if (this.#reading >= atATime)
      return { kind: 'not-read', why: 'too many dry runs read repositories at this moment' };
    this.#reading += 1;
    try {
      return await this.#read(wanted);
    } finally {
      this.#reading -= 1;
    }
  }

  async #read(wanted: Wanted): Promise<Looked> {
    const cacheDir = join(this.#platform.settings.BACKSTAY_DATA_DIR, 'repositories');
    const signal = AbortSignal.timeout(this.#withinMs);
    try {
      const read = await Promise.race([readRevision({ ...wanted, cacheDir, signal }), aborted(signal)]);
      if (!read.ok) return { kind: 'refused', problems: read.problems };
      const { resolved, bindings, warnings } = read;
      const { commit, authors, time } = resolved;
      return { kind: 'read', commit: { sha: commit, authors, time }, bindings, warnings };
    } catch (error) {
      if (signal.aborted) return { kind: 'not-read', why: `it was not read within ${this.#withinMs} ms` };
      this.#platform.logger.warn({ err: error }, 'a repository could not be read for a dry run');
      return { kind: 'not-read', why: 'this platform could not read it; its log says why' };
    }
  }
}

/** Also where the one that reads waits for somebody else, it is not waited for. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
