import { activeState, type DeploymentCommand, type DeploymentState } from '@backstay/deployment';
import { redactor, type Redact } from '@backstay/guarded-io';
import type { StepContext } from './context.ts';
import { stepDeploymentOf } from './deployment.ts';
import { knownSecrets, redactorOf } from './environment.ts';

/** Commands that carry what acts later rest on: a plan, or the release to go back to. They come from the record itself. */
const kept: ReadonlySet<DeploymentCommand['type']> = new Set(['PlanRollback', 'CaptureRollbackPoint', 'DraftPlan']);
/** Members that hold texts from outside, and all below them. The others are words and names of the record itself. */
const texts: ReadonlySet<string> = new Set(
  'reason why detail about message subject tail observed summary excerpts result sentence'.split(' '),
);
/** Words of the record, wherever they stand: a secret may be the same word. */
const words: ReadonlySet<string> = new Set('kind reader verdict status code type sha256 step title'.split(' '));

interface Recording {
  readonly state: DeploymentState;
  readonly append: (command: DeploymentCommand) => Promise<DeploymentState>;
}

type Handler = (effect: never, context: never) => Promise<unknown>;

/**
 * Handlers of a phase behind the last place before the record: every secret of the deployment is masked in what they report, also
 * while they act.
 */
export function redactedHandlers<Handlers extends object>(steps: StepContext, handlers: Handlers): Handlers {
  const redacted = Object.entries(handlers as Record<string, Handler>).map(([kind, handle]) => [
    kind,
    async (effect: never, context: Recording) => {
      const earlier = secretsOfState(steps, context.state);
      const safe = (command: DeploymentCommand) =>
        redactedCommand(command, redactorOfState(steps, context.state, earlier));
      const append = (command: DeploymentCommand) => context.append(safe(command));
      const outcome = await handle(effect, { ...context, append } as never);
      return Array.isArray(outcome) ? (outcome as DeploymentCommand[]).map(safe) : outcome;
    },
  ]);
  return Object.fromEntries(redacted) as Handlers;
}

function secretsOfState(context: StepContext, state: DeploymentState): readonly string[] {
  return isDrafted(state) ? knownSecrets({ context, deployment: stepDeploymentOf(state) }) : [];
}

function redactorOfState(context: StepContext, state: DeploymentState, earlier: readonly string[]): Redact {
  return isDrafted(state)
    ? redactorOf({ context, deployment: stepDeploymentOf(state) }, earlier)
    : redactor(earlier).text;
}

function isDrafted(state: DeploymentState): boolean {
  const active = activeState(state);
  return active.status !== 'none' && active.drafted !== null;
}

export function redactedCommand<Command extends DeploymentCommand>(command: Command, redact: Redact): Command {
  return kept.has(command.type) ? command : redactedTexts(command, redact, false);
}

/** The same with the texts in it masked; `isText`: it stands below a member that holds them. */
function redactedTexts<Value>(value: Value, redact: Redact, isText: boolean): Value {
  if (typeof value === 'string') return isText ? (redact(value) as Value) : value;
  if (Array.isArray(value)) return value.map((each: unknown) => redactedTexts(each, redact, isText)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, each]: [string, unknown]) => [
    name,
    words.has(name) ? each : redactedTexts(each, redact, isText || texts.has(name)),
  ]);
  return Object.fromEntries(members) as Value;
}
