import { Inject, Injectable } from '@nestjs/common';
import { PLATFORM, type Platform } from '../platform.ts';

/** Whether the service is ready, as the last look found it. Probes come every few seconds: the log has the changes alone. */
@Injectable()
export class Readiness {
  readonly #logger: Pick<Platform['logger'], 'info' | 'warn'>;
  #isReady = true;

  constructor(@Inject(PLATFORM) { logger }: Pick<Platform, 'logger'>) {
    this.#logger = logger;
  }

  /** @param problem why it is not ready; null: it is */
  found(problem: string | null): void {
    const isReady = problem === null;
    if (isReady === this.#isReady) return;
    this.#isReady = isReady;
    if (isReady) this.#logger.info('the service is ready again');
    else this.#logger.warn({ why: problem }, 'the service is not ready');
  }
}
