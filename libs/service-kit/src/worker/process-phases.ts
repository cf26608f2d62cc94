import type { Phase } from '@backstay/deployment';
import { PhaseHost, type HostedPhase } from './phase-host.ts';
import type { WorkerPorts } from './ports.ts';

/** What the services of one process share: one host, which starts when the last phase has joined and stops when the first leaves. */
export class ProcessPhases {
  readonly #ports: WorkerPorts;
  readonly #expected: number;
  readonly #joined: HostedPhase[] = [];
  readonly #started: Promise<void>;
  #start: (started: Promise<void>) => void = () => undefined;
  #host: PhaseHost | null = null;
  #stopped: Promise<void> | null = null;

  /** @param expected phases that will join */
  constructor(ports: WorkerPorts, expected: number) {
    this.#ports = ports;
    this.#expected = expected;
    this.#started = new Promise((resolve) => (this.#start = resolve));
  }

  /** Resolves when all phases have joined, and everything that was recorded before is taken into account. */
  join(phase: HostedPhase): Promise<void> {
    this.#joined.push(phase);
    if (this.#joined.length === this.#expected) {
      this.#host = new PhaseHost(this.#ports, this.#joined);
      this.#start(this.#host.start());
    }
    return this.#started;
  }

  wake(phase: Phase, stream: string, version?: number): void {
    this.#host?.wake(phase, stream, version);
  }

  /** Resolves when the phases have let go of what runs. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#host?.stop() ?? Promise.resolve());
  }
}
