import {
  deploymentStream,
  environmentId,
  environmentStream,
  isEnded,
  isAlreadyHeld,
  activeState,
  type DeploymentCommand,
  type DeploymentState,
} from '@backstay/deployment';
import { isInRange, type Relation } from '@backstay/document';
import { relationsOf, describeBlocking, describeCycle, describeRelation, type Wait } from '@backstay/projections';
import type { DeploymentContext, Outcome, Platform } from '@backstay/service-kit';
import { deploymentState } from './streams.ts';
import { blocking, openDeployments, standingCycle } from './open-deployments.ts';

const waitMs = 8 * 3_600_000;
/**
 * What lets it go wakes it, unless it is recorded between the first look and the registration of `awaits`, or the read model
 * of who waits for whom is behind: then it is found at the next look, at most this much later.
 */
const againMs = 10_000;

type RelationState = { readonly relation: Relation; readonly by: string | null };
type Satisfied = { readonly text: string; readonly by: string };

/**
 * `Blocked By`: each line is satisfied by a recorded outcome or by a person's confirmation. `Blocks` of another open deployment's
 * document is satisfied when that one ends, however it ends. Until then the deployment is held, and a cycle is named. What takes
 * another one back waits for nobody.
 */
export async function checkBlockers(
  platform: Platform,
  { id, state, now }: DeploymentContext,
): Promise<Outcome<DeploymentCommand>> {
  const active = activeState(state);
  if (active.status !== 'planning' || active.drafted === null) return [];
  if (active.kind === 'rollback') return [{ type: 'ClearBlockers', satisfied: [], at: now() }];
  const states = await Promise.all(
    active.drafted.plan.blockedBy.map(async (relation) => ({
      relation,
      by: await satisfiedBy(platform, active.confirmed, relation),
    })),
  );
  const open = await openDeployments(platform);
  const own = relationsOf(id, active.drafted.plan);
  const unmet = states.filter(({ by }) => by === null);
  const blockers = await blocking(platform, own, open);
  const at = now();
  if (unmet.length + blockers.length === 0) {
    const satisfied = states.map(({ relation, by }) => ({ text: relation.text, by: by ?? '' }));
    return [{ type: 'ClearBlockers', satisfied: [...satisfied, ...(await letGoBy(platform, state))], at }];
  }
  const cycle = await standingCycle(own, open, (wait) => isSatisfied(platform, wait));
  const hold = {
    type: 'HoldDeployment',
    code: 'blocked-by',
    why: [...whyOf(unmet), ...blockers.map(describeBlocking), ...(cycle === null ? [] : [describeCycle(cycle)])].join(
      '; ',
    ),
    duty: dutyOf(unmet),
    step: null,
    winner: blockers[0]?.for.deployment ?? null,
    until: later(at, waitMs),
    at,
  } as const;
  return isAlreadyHeld(state, hold) ? { lookAgainAt: later(at, againMs), awaits: streamsOf(unmet, blockers) } : [hold];
}

function later(at: string, milliseconds: number): string {
  return new Date(Date.parse(at) + milliseconds).toISOString();
}

/** Where what it waits for will be recorded. */
function streamsOf(unmet: readonly RelationState[], blockers: readonly Wait[]): readonly string[] {
  const environments = unmet.flatMap(({ relation: { rule } }) =>
    rule.kind === 'manual' ? [] : [environmentStream(rule.service, rule.environment)],
  );
  return [...environments, ...blockers.map((wait) => deploymentStream(wait.for.deployment))];
}

async function satisfiedBy(
  platform: Platform,
  confirmed: Readonly<Record<number, { readonly by: string }>>,
  { rule, source }: Relation,
): Promise<string | null> {
  if (rule.kind === 'manual') return confirmed[source.line]?.by ?? null;
  return runningThat(platform, rule);
}

async function runningThat(
  platform: Platform,
  { service, range, environment }: { readonly service: string; readonly range: string; readonly environment: string },
): Promise<string | null> {
  const { state } = await platform.environments.load(environmentId(service, environment));
  const running = state.running?.version;
  if (running === undefined || !isInRange(running, range)) return null;
  return `${service} ${running} runs in ${environment}`;
}

/** A `Blocks` stands as long as both are open. */
async function isSatisfied(platform: Platform, { source, relation }: Wait): Promise<boolean> {
  return source === 'blocked-by' && (await runningThat(platform, relation)) !== null;
}

/** The deployment that blocked this one last, with the end that let it go; any end does, and is named. */
async function letGoBy(platform: Platform, state: DeploymentState): Promise<readonly Satisfied[]> {
  if (state.status !== 'held' || state.hold.code !== 'blocked-by' || state.hold.winner === null) return [];
  const { winner } = state.hold;
  const ended = await deploymentState(platform, winner);
  return isEnded(ended) ? [{ text: `Blocks of deployment ${winner}`, by: `it ended ${ended.status}` }] : [];
}

function whyOf(open: readonly RelationState[]): readonly string[] {
  if (open.length === 0) return [];
  return [`waits for ${open.map(({ relation }) => describeRelation(relation)).join('; ')}`];
}

function dutyOf(open: readonly RelationState[]): string | null {
  const manual = open.find(({ relation }) => relation.rule.kind === 'manual')?.relation.rule;
  return manual?.kind === 'manual' ? manual.duty.duty : null;
}
