import { streamName, type DomainEvent, type Folded, type Handled } from '@backstay/event-sourcing';
import type { PhaseWorkerOptions } from './phase-worker-options.ts';
import type { Run } from './run.ts';

type Options<Command, State, Event extends DomainEvent> = Pick<
  PhaseWorkerOptions<Command, State, Event>,
  'phase' | 'workflow' | 'repository'
>;

/** The streams that a phase works on: how they are named, read, and appended to by its runs. */
export class PhaseStreams<Command, State, Event extends DomainEvent> {
  readonly #options: Options<Command, State, Event>;

  constructor(options: Options<Command, State, Event>) {
    this.#options = options;
  }

  nameOf(id: string): string {
    return streamName(this.#options.workflow.category, id);
  }

  /** The stream at least at this version; undefined: as it is. */
  fold(id: string, version: number | undefined): Promise<Folded<State>> {
    const { repository } = this.#options;
    return version === undefined ? repository.load(id) : repository.loadAtLeast(id, version);
  }

  /** An event of its own, right behind what the run has seen, is not news to it; behind another's event it is. */
  async append(run: Run, command: Command): Promise<Handled<State, Event>> {
    const { phase, repository } = this.#options;
    const handled = await repository.handle(run.id, command, { actor: { kind: 'service', name: phase } });
    const { version } = handled.folded.head;
    if (version - handled.events.length === run.seen) run.seen = version;
    return handled;
  }
}
