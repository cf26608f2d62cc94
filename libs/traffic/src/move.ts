import { setTimeout as pause } from 'node:timers/promises';
import type { Proxy } from './haproxy.ts';
import { ProxyProblem } from './problem.ts';
import type { ProxyServer, Weights } from './server.ts';
import { percent } from '@backstay/document';
import { isNear, requireServing, shareOf, weightsFor, type Split } from './shares.ts';

/** Where traffic is moved, and how. */
export interface Move extends Split {
  readonly backend: string;
}

export interface Moved {
  readonly weights: Weights;
  /** As the proxy reckons it now. */
  readonly share: number;
  /** Servers that take nothing now, with the proxy's word for why. */
  readonly idle: Readonly<Record<string, string>>;
}

const betweenLooksMs = 200;

/** What every server of a backend weighs now. */
export async function currentWeights(proxy: Proxy, backend: string): Promise<Weights> {
  return Object.fromEntries((await proxy.servers(backend)).map(({ name, weight }) => [name, weight]));
}

/** Whether a move could be made: nothing is changed. A server that is not up yet may still come. @throws {ProxyProblem} */
export async function probeMove(proxy: Proxy, { backend, ...split }: Move): Promise<readonly ProxyServer[]> {
  await proxy.requireAdmin();
  const servers = await proxy.servers(backend);
  weightsFor(split, servers);
  return servers;
}

/**
 * Gives the target its share and proves it by what the proxy reckons with afterwards. May be done again.
 * @throws {ProxyProblem} also where the weights were set and the share is another one
 */
export async function moveTraffic(proxy: Proxy, { backend, ...split }: Move, signal: AbortSignal): Promise<Moved> {
  const before = await proxy.servers(backend);
  const weights = weightsFor(split, before);
  requireServing(split, before);
  await setAll(proxy, backend, before, weights);
  const after = await settled(proxy, backend, weights, signal);
  requireServing(split, after);
  const share = shareOf(split.target, after);
  if (!isNear(share, split.share))
    throw new ProxyProblem(`${split.target} has ${percent(share)} of the traffic, not ${percent(split.share)}`);
  const idle = after.filter(({ serving }) => !serving).map(({ name, state }) => [name, state] as const);
  return { weights, share, idle: Object.fromEntries(idle) };
}

/** Sets weights as they once were, whether their servers are up or not, and reads them back. @throws {ProxyProblem} */
export async function putBackWeights(proxy: Proxy, backend: string, weights: Weights): Promise<void> {
  await setAll(proxy, backend, await proxy.servers(backend), weights);
  requireWeights(await proxy.servers(backend), weights);
}

/** What grows comes first: at no moment is there nobody who takes requests. */
async function setAll(proxy: Proxy, backend: string, servers: readonly ProxyServer[], weights: Weights): Promise<void> {
  const gain = (name: string) => (weights[name] ?? 0) - (servers.find((one) => one.name === name)?.weight ?? 0);
  const names = Object.keys(weights).sort((a, b) => gain(b) - gain(a));
  for (const name of names) await proxy.setWeight(backend, name, weights[name] ?? 0);
}

/** A server that warms up gets to its weight only after a while. */
async function settled(
  proxy: Proxy,
  backend: string,
  weights: Weights,
  signal: AbortSignal,
): Promise<readonly ProxyServer[]> {
  for (;;) {
    const servers = await proxy.servers(backend);
    requireWeights(servers, weights);
    const behind = servers.filter((one) => one.name in weights && one.serving && one.effectiveWeight !== one.weight);
    if (behind.length === 0) return servers;
    const stuck = behind.find(({ warmsUp }) => !warmsUp);
    if (stuck) throw new ProxyProblem(`${stuck.name} counts ${stuck.effectiveWeight}, and was set to ${stuck.weight}`);
    await pause(betweenLooksMs, undefined, { signal });
  }
}

function requireWeights(servers: readonly ProxyServer[], weights: Weights): void {
  for (const [name, weight] of Object.entries(weights)) {
    const found = servers.find((one) => one.name === name)?.weight;
    if (found === undefined) throw new ProxyProblem(`the backend has no server ${name}`);
    if (found !== weight) throw new ProxyProblem(`${name} weighs ${found} after it was set to ${weight}`);
  }
}
