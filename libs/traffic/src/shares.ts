import { percent } from '@backstay/document';
import { ProxyProblem } from './problem.ts';
import { heaviest, type ProxyServer, type Weights } from './server.ts';

/** What is asked for: this share (0 to 1) of the new requests to the server `target`, the rest to all others. */
export interface Split {
  readonly share: number;
  readonly target: string;
}

interface Candidate {
  readonly weights: Weights;
  readonly share: number;
  /** By how much the server that is worst off misses its part. */
  readonly error: number;
}

/**
 * Whole weights by which the target gets its share. The others divide the rest as their initial weights do; one that does not
 * serve now gets its weight too and is not reckoned with, so that the target has less rather than more once it is back.
 * Weights are absolute: a percentage of an initial weight of 1 would be rounded to nothing.
 * @throws {ProxyProblem} where there is no such server, nobody to take the rest, or no weights that come near
 */
export function weightsFor({ share, target }: Split, servers: readonly ProxyServer[]): Weights {
  const own = targetAmong(servers, target);
  const others = othersThan(own, servers);
  if (share < 1 && others.length === 0)
    throw new ProxyProblem(`the backend has no server beside ${target} that could take the rest`);
  if (share === 1) return { ...each(others, () => 0), [target]: nominal(own) };
  if (share === 0) return { ...each(others, nominal), [target]: 0 };
  const candidates = Array.from({ length: heaviest }, (_, index) => candidate(share, own, others, index + 1));
  const best = candidates.reduce((least, one) => (one.error < least.error - 1e-9 ? one : least));
  if (!isNear(best.share, share))
    throw new ProxyProblem(
      `weights from 0 to ${heaviest} cannot give ${target} ${percent(share)} beside ${others.length} other servers; the nearest is ${percent(best.share)}`,
    );
  return best.weights;
}

/** Refuses to move traffic to where nobody takes it. @throws {ProxyProblem} */
export function requireServing({ share, target }: Split, servers: readonly ProxyServer[]): void {
  const own = targetAmong(servers, target);
  if (share > 0 && !own.serving) throw new ProxyProblem(`the server ${target} does not serve: ${own.state}`);
  const others = othersThan(own, servers);
  if (share === 1 || others.some(({ serving }) => serving)) return;
  const states = others.map(({ name, state }) => `${name}: ${state}`).join(', ');
  throw new ProxyProblem(`no server beside ${target} serves, so nobody takes the rest (${states})`);
}

/** The share that the target really has, by the weights the proxy reckons with. @throws {ProxyProblem} */
export function shareOf(target: string, servers: readonly ProxyServer[]): number {
  const own = targetAmong(servers, target);
  const weigh = (one: ProxyServer) => (one.serving ? one.effectiveWeight : 0);
  const total = sum([own, ...othersThan(own, servers)].map(weigh));
  return total === 0 ? 0 : weigh(own) / total;
}

/** Half a percentage point, and for small shares, or small rests, a tenth of them. */
export function isNear(share: number, wanted: number): boolean {
  return Math.abs(share - wanted) <= Math.min(0.005, 0.1 * Math.min(wanted, 1 - wanted)) + 1e-9;
}

function targetAmong(servers: readonly ProxyServer[], target: string): ProxyServer {
  const own = servers.find(({ name }) => name === target);
  if (own === undefined)
    throw new ProxyProblem(
      `the backend has no server ${target}; it has ${servers.map(({ name }) => name).join(', ') || 'none'}`,
    );
  if (own.backup) throw new ProxyProblem(`the server ${target} is a backup, which weights do not reach`);
  return own;
}

function othersThan(own: ProxyServer, servers: readonly ProxyServer[]): readonly ProxyServer[] {
  return servers.filter((one) => one !== own && !one.backup);
}

/** The others scaled so that the heaviest weighs `largest`, and the target beside them. */
function candidate(share: number, own: ProxyServer, others: readonly ProxyServer[], largest: number): Candidate {
  const top = Math.max(...others.map(nominal));
  const rest = each(others, (one) => Math.max(1, Math.round((nominal(one) / top) * largest)));
  const serving = others.some(({ serving }) => serving) ? others.filter(({ serving }) => serving) : others;
  const restWeight = sum(serving.map(({ name }) => rest[name] ?? 0));
  const weight = Math.min(heaviest, Math.max(1, Math.round((restWeight * share) / (1 - share))));
  const total = restWeight + weight;
  const nominals = sum(serving.map(nominal));
  const misses = serving.map((one) => (rest[one.name] ?? 0) / total - ((1 - share) * nominal(one)) / nominals);
  return {
    weights: { ...rest, [own.name]: weight },
    share: weight / total,
    error: Math.max(Math.abs(weight / total - share), ...misses.map(Math.abs)),
  };
}

/** A server that the configuration gives nothing counts as one of the lightest. */
function nominal({ initialWeight }: ProxyServer): number {
  return initialWeight || 1;
}

function each(servers: readonly ProxyServer[], weigh: (server: ProxyServer) => number): Weights {
  return Object.fromEntries(servers.map((one) => [one.name, weigh(one)]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
