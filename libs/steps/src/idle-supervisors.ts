import { keepIdleSupervisors } from '@backstay/hosts';

/** Supervisors are kept ready for commands while the service runs; Nest calls the hooks of its lifecycle by their names. */
export class IdleSupervisors {
  readonly #count: number;

  constructor({ BACKSTAY_IDLE_SUPERVISORS }: { readonly BACKSTAY_IDLE_SUPERVISORS: number }) {
    this.#count = BACKSTAY_IDLE_SUPERVISORS;
  }

  onApplicationBootstrap(): void {
    keepIdleSupervisors(this.#count);
  }

  onApplicationShutdown(): void {
    keepIdleSupervisors(0);
  }
}
