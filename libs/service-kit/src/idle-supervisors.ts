import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { keepIdleSupervisors } from '@backstay/hosts';
import { PLATFORM, type Platform } from './platform.ts';

/** Supervisors are kept ready for commands while a service runs that performs steps. */
@Injectable()
export class IdleSupervisors implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #count: number;

  constructor(
    @Inject(PLATFORM) { settings }: { readonly settings: Pick<Platform['settings'], 'BACKSTAY_IDLE_SUPERVISORS'> },
  ) {
    this.#count = settings.BACKSTAY_IDLE_SUPERVISORS;
  }

  onApplicationBootstrap(): void {
    keepIdleSupervisors(this.#count);
  }

  onApplicationShutdown(): void {
    keepIdleSupervisors(0);
  }
}
