import {
  environmentStream,
  isEnded,
  isAlreadyHeld,
  quarantineOf,
  activeState,
  rollbackTargetsOf,
  type DeploymentCommand,
  type DeploymentState,
  type Drafted,
  type EnvironmentCommand,
  type EnvironmentState,
} from '@backstay/deployment';
import { parseStreamName, type Folded } from '@backstay/event-sourcing';
import { isWithinWindows, nextOpening, type Plan } from '@backstay/document';
import type { DeploymentContext, Outcome } from '@backstay/service-kit';
import { byPlanning, deploymentState, type ClaimPorts } from './streams.ts';
import { settle } from './settle-environment.ts';

const waitMs = 8 * 3_600_000;
/** Every window opens within a week. */
const windowMs = 8 * 24 * 3_600_000;

type HoldDeployment = Extract<DeploymentCommand, { type: 'HoldDeployment' }>;
type RequestPreflight = Extract<DeploymentCommand, { type: 'RequestPreflight' }>;
type SupersedeDeployment = Extract<DeploymentCommand, { type: 'SupersedeDeployment' }>;

/**
 * Claims the environment, heals a claim whose holder has ended, or holds the deployment and names the winner. Its own stream is
 * read first, also when the effect began long ago: who has ended never claims. Who is held waits for an event of the
 * environment, or for the window to open.
 */
export async function claimEnvironment(
  platform: ClaimPorts,
  { id, now }: Pick<DeploymentContext, 'id' | 'now'>,
): Promise<Outcome<DeploymentCommand>> {
  const state = await deploymentState(platform, id);
  const active = activeState(state);
  if (active.status !== 'planning' || active.drafted === null) return [];
  const { plan } = active.drafted;
  const isBack = active.kind === 'rollback';
  const stream = environmentStream(plan.service, plan.environment);
  if (!isBack && !isWithinWindows(plan.scope.windows, now())) {
    await withdraw(platform, id, stream);
    const { windows } = plan.scope;
    return heldBy(state, heldUntilOpen(windows, now()), nextOpening(windows, now()));
  }
  const claimed = await claim(platform, id, stream, isBack ? { ahead: true } : await placeOf(platform, id, stream));
  const superseded = isBack ? null : await supersededBy(platform, id, claimed.state, now());
  if (superseded !== null) return [superseded];
  const winner = winnerOf(claimed.state, id);
  if (winner === null) {
    const kept = await keptReleases(platform, claimed.state, active.drafted);
    return [{ ...preflightOn(stream, claimed, active.drafted, now()), ...kept }];
  }
  if (await healed(platform, winner, stream)) return claimEnvironment(platform, { id, now });
  if (plan.queue === 'latest') await supersedeOlder(platform, id, claimed.state, stream, active.drafted);
  return heldBy(state, heldBehind(winner, claimed.state, active.drafted, now()), null);
}

/** Holds it, unless it is held so already. */
function heldBy(state: DeploymentState, hold: HoldDeployment, lookAgainAt: string | null): Outcome<DeploymentCommand> {
  return state.status === 'held' && isAlreadyHeld(state, hold)
    ? { lookAgainAt: lookAgainAt ?? state.hold.until }
    : [hold];
}

type Place = Pick<Extract<EnvironmentCommand, { type: 'ClaimEnvironment' }>, 'ahead' | 'position' | 'positions'>;

/** Where its request stands, and where those of the others who wait do: all are read now, as a restore gives other positions. */
async function placeOf({ deployments, environments }: ClaimPorts, id: string, stream: string): Promise<Place> {
  const { state } = await environments.load(parseStreamName(stream).id);
  const others = state.queue.includes(id) ? [] : Object.keys(state.positions);
  const positions = others.map(async (each) => [each, await deployments.beginningOf(each)] as const);
  return { position: await deployments.beginningOf(id), positions: Object.fromEntries(await Promise.all(positions)) };
}

async function claim(
  platform: ClaimPorts,
  id: string,
  stream: string,
  place: Place,
): Promise<Folded<EnvironmentState>> {
  const context = await byPlanning(platform, id);
  const command = { type: 'ClaimEnvironment', deployment: id, ...place, at: context.time } as const;
  return (await platform.environments.handle(parseStreamName(stream).id, command, context)).folded;
}

/** A deployment that waits for a window does not block others. */
async function withdraw(platform: ClaimPorts, id: string, stream: string): Promise<void> {
  const context = await byPlanning(platform, id);
  const command = { type: 'WithdrawClaim', deployment: id, mayReturn: true, at: context.time } as const;
  await platform.environments.handle(parseStreamName(stream).id, command, context);
}

function heldUntilOpen(windows: Plan['scope']['windows'], at: string): HoldDeployment {
  const why = `waits for its window: ${windows.join(' or ')}`;
  const until = new Date(Date.parse(at) + windowMs).toISOString();
  return { type: 'HoldDeployment', code: 'outside-window', why, duty: null, step: null, winner: null, until, at };
}

function winnerOf({ holder, queue }: EnvironmentState, id: string): string | null {
  const first = holder ?? queue[0] ?? id;
  return first === id ? null : first;
}

function preflightOn(
  stream: string,
  { state, head }: Folded<EnvironmentState>,
  { plan, inherited }: Drafted,
  at: string,
): RequestPreflight {
  const { running, verifiedGood, uncertain } = state;
  const claimed = { stream, version: head.version };
  const releases = [running, verifiedGood, inherited?.rollbackPoint.target];
  const versions = new Set([plan.version, ...releases.flatMap((release) => (release == null ? [] : release.version))]);
  return {
    type: 'RequestPreflight',
    claim: claimed,
    running,
    verifiedGood,
    quarantined: [...versions].filter((version) => quarantineOf(state, version) !== undefined),
    ...(uncertain === null ? {} : { uncertain }),
    at,
  };
}

/** The last that were verified good, as many as the profile says, and what any deployment that may still be taken back goes back to. */
async function keptReleases(
  platform: ClaimPorts,
  { running, uncertain, queue, good }: EnvironmentState,
  { plan: { delivery } }: Drafted,
): Promise<Pick<RequestPreflight, 'kept'>> {
  if (delivery === null) return {};
  const open = [running?.deployment, uncertain, ...queue].filter((id) => typeof id === 'string');
  const states = await Promise.all(open.map((id) => deploymentState(platform, id)));
  const releases = [...good.slice(-delivery.keepReleases), ...states.flatMap(rollbackTargetsOf)];
  return { kept: [...new Set(releases.flatMap(({ release }) => release ?? []))] };
}

/** The deployment's stream is the truth, the environment's the lock: any claimant that finds a holder which has ended settles it. */
async function healed(platform: ClaimPorts, winner: string, stream: string): Promise<boolean> {
  const state = await deploymentState(platform, winner);
  if (!isEnded(state) && state.status !== 'none') return false;
  await settle(platform, winner, isEnded(state) ? state : null, stream);
  return true;
}

/** Of those who were requested later and were faster to claim, the newest that wants to be the only one. */
async function supersededBy(
  platform: ClaimPorts,
  id: string,
  { holder, queue }: EnvironmentState,
  at: string,
): Promise<SupersedeDeployment | null> {
  const behind = queue.slice(queue.indexOf(id) + 1);
  for (const other of [holder, ...behind].toReversed()) {
    if (other === null || other === id) continue;
    const state = activeState(await deploymentState(platform, other));
    if (state.status === 'none' || isEnded(state) || state.kind === 'rollback') continue;
    const { drafted } = state;
    if (drafted?.plan.queue === 'latest' && (await isOlder(platform, id, other)))
      return { type: 'SupersedeDeployment', by: other, reason: reasonOf(drafted), at };
  }
  return null;
}

/** Whether the request of one came before that of the other. */
async function isOlder({ deployments }: ClaimPorts, one: string, other: string): Promise<boolean> {
  return (await deployments.beginningOf(one)) < (await deployments.beginningOf(other));
}

function reasonOf({ plan }: Drafted): string {
  return `a newer request for ${plan.service} in ${plan.environment} came: ${plan.version}`;
}

async function supersedeOlder(
  platform: ClaimPorts,
  id: string,
  { queue }: EnvironmentState,
  stream: string,
  drafted: Drafted,
): Promise<void> {
  for (const older of queue.slice(0, Math.max(0, queue.indexOf(id)))) {
    // What takes something back is no older request for the same.
    if ((await isRollback(platform, older)) || !(await isOlder(platform, older, id))) continue;
    const context = await byPlanning(platform, older);
    const supersede = { type: 'SupersedeDeployment', by: id, reason: reasonOf(drafted), at: context.time } as const;
    await platform.deployments.handle(older, supersede, context);
    const withdraw = { type: 'WithdrawClaim', deployment: older, at: context.time } as const;
    await platform.environments.handle(parseStreamName(stream).id, withdraw, context);
  }
}

async function isRollback(platform: ClaimPorts, id: string): Promise<boolean> {
  const state = await deploymentState(platform, id);
  return state.status !== 'none' && state.kind === 'rollback';
}

function heldBehind(winner: string, { holder }: EnvironmentState, { plan }: Drafted, at: string): HoldDeployment {
  const does = holder === winner ? 'holds' : 'is first in the queue for';
  const why = `deployment ${winner} ${does} ${plan.service} in ${plan.environment}`;
  const until = new Date(Date.parse(at) + waitMs).toISOString();
  return { type: 'HoldDeployment', code: 'environment-held', why, duty: null, step: null, winner, until, at };
}
