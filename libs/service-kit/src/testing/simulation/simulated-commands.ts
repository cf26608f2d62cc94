import { Detached } from '../../worker/effect-handler.ts';

/** The command of one attempt of a step. */
interface Command {
  readonly deployment: string;
  /** The highest token that was shown for it. */
  token: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

export interface Attachment {
  readonly deployment: string;
  readonly step: string;
  readonly attempt: number;
  readonly token: number;
  /** Where it is begun now, or was to run for ever, milliseconds since 1970. */
  readonly endsAt: number;
}

export interface CommandsOptions {
  readonly nowMs: () => number;
  /** Whether the start of this attempt is recorded. */
  readonly hasIntent: (attachment: Attachment) => boolean;
  readonly violated: (rule: string) => void;
}

/** The commands of steps on their machine, each under a supervisor that outlives the process which began it. */
export class SimulatedCommands {
  readonly #options: CommandsOptions;
  readonly #commands = new Map<string, Command>();

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** Begins a command, or attaches to it where it was begun before. @throws {Detached} on a token lower than one that was shown */
  attach(attachment: Attachment): Pick<Command, 'endsAt'> {
    const { deployment, token, endsAt } = attachment;
    const { violated, hasIntent } = this.#options;
    const key = keyOf(attachment);
    const known = this.#commands.get(key);
    if (known !== undefined) {
      if (token < known.token) throw new Detached(`${key} was taken over`);
      known.token = token;
      if (known.endsAt === Infinity) known.endsAt = endsAt;
      return known;
    }
    if (!hasIntent(attachment)) violated(`${key} began without a recorded intent`);
    for (const [other, command] of this.#live)
      if (command.deployment === deployment) violated(`${key} began beside ${other}`);
    const command = { deployment, token, endsAt };
    this.#commands.set(key, command);
    return command;
  }

  end(which: Pick<Attachment, 'deployment' | 'step' | 'attempt' | 'token'>): void {
    const command = this.#commands.get(keyOf(which));
    if (command !== undefined && which.token >= command.token)
      command.endsAt = Math.min(command.endsAt, this.#options.nowMs());
  }

  /** Ends all commands of a deployment, as a person on the machine does. */
  endAll(deployment: string): void {
    for (const [, command] of this.#live) if (command.deployment === deployment) command.endsAt = this.#options.nowMs();
  }

  /** How many run at present. */
  get running(): number {
    return this.#live.length;
  }

  get #live(): readonly (readonly [string, Command])[] {
    return [...this.#commands].filter(([, { endsAt }]) => endsAt > this.#options.nowMs());
  }
}

const keyOf = ({ deployment, step, attempt }: Pick<Attachment, 'deployment' | 'step' | 'attempt'>): string =>
  `${deployment}/${step}/${attempt}`;
