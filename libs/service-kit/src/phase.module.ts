import {
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import type { Phase } from '@backstay/deployment';
import { wakeController } from './bus/wake.controller.ts';
import { healthRoutes } from './health/health.controller.ts';
import { HealthModule } from './health/health.module.ts';
import {
  directoryHousekeeper,
  HOUSEKEEPERS,
  Housekeeping,
  type OpenHousekeepers,
} from './housekeeping/housekeeping.ts';
import { ValidParameters } from './http/input.ts';
import { ProblemFilter } from './http/problem-filter.ts';
import { PLATFORM, type Platform } from './platform.ts';
import { hostedPhase, type HostedPhase, type PhaseHandlers } from './worker/phase-host.ts';
import { ProcessPhases } from './worker/process-phases.ts';

/** Under which the module of a phase provides and exports its `PhaseHandlers`. */
export const PHASE_HANDLERS = Symbol('phase handlers');
const HOSTED_PHASE = Symbol('hosted phase');

/** What a phase's service brings; everything else is the same for all of them. */
export interface PhaseService {
  readonly phase: Phase;
  readonly healthPort: number;
  /** Exports `PHASE_HANDLERS`; the `@EventPattern` handlers of its controllers are called from the bus. */
  readonly module: Type | DynamicModule;
}

/** Works on a phase from the start of its service until it closes: then what runs is left to others. */
@Injectable()
export class PhaseRun implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #started: Promise<void> = Promise.resolve();

  constructor(
    private readonly phases: ProcessPhases,
    @Inject(HOSTED_PHASE) private readonly phase: HostedPhase,
  ) {}

  /** Resolves when everything that was recorded before is taken into account; the service lives meanwhile. */
  get started(): Promise<void> {
    return this.#started;
  }

  onApplicationBootstrap(): void {
    this.#started = this.phases.join(this.phase);
    // Whoever asks for `started` learns of it.
    this.#started.catch(() => undefined);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.phases.stop();
  }
}

/** One phase in a process, with its wake-ups, its housekeeping and its health. */
@Module({})
export class PhaseModule {
  static forRoot({ phase, module }: PhaseService, phases: ProcessPhases): DynamicModule {
    return {
      module: PhaseModule,
      imports: [HealthModule, module],
      controllers: [wakeController(phase)],
      providers: [
        { provide: ProcessPhases, useValue: phases },
        {
          provide: HOSTED_PHASE,
          useFactory: (handlers: PhaseHandlers, platform: Platform) => hostedPhase(phase, handlers, platform),
          inject: [PHASE_HANDLERS, PLATFORM],
        },
        PhaseRun,
        Housekeeping,
        { provide: HOUSEKEEPERS, useFactory: housekeepersOf, inject: [PLATFORM] },
        { provide: APP_GUARD, useClass: ValidParameters },
        {
          provide: APP_FILTER,
          useFactory: ({ logger }: Platform) => new ProblemFilter(healthRoutes, logger),
          inject: [PLATFORM],
        },
      ],
    };
  }
}

function housekeepersOf(platform: Platform): OpenHousekeepers {
  return async () => [await directoryHousekeeper(platform)];
}
