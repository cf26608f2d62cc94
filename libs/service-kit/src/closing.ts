import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Its signal is aborted when the service begins to close, before any hook that awaits an end: nothing new begins. */
@Injectable()
export class Closing implements OnModuleDestroy {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  onModuleDestroy(): void {
    this.#controller.abort();
  }
}
