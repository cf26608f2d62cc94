import type { CheckResult, ReleaseRef } from '@backstay/deployment';
import type { Delivery } from '@backstay/document';
import { deployerNamed } from '@backstay/deployers';

/**
 * A service that does not say its version is looked for where it runs: the deployer is asked from which release its process was
 * started. The last check records what it found. Nothing is added where nothing was checked, or no deployer keeps releases.
 */
export async function withReleaseRunning(
  results: readonly CheckResult[],
  target: ReleaseRef,
  delivery: Delivery | null,
): Promise<readonly CheckResult[]> {
  const last = results.at(-1);
  if (last === undefined || target.release === null || results.some(({ served }) => served !== undefined))
    return results;
  const running = delivery === null ? null : await releaseRunning(delivery);
  if (running === null) return results;
  const observed = { ...last.observed, release: running.name };
  const found = running.version === undefined ? {} : { served: running.version };
  const isTarget = running.name === target.release;
  const other = { passed: false, reason: `the deployer runs ${running.name}, not ${target.release}` };
  return [...results.slice(0, -1), { ...last, observed, ...found, ...(isTarget ? {} : other) }];
}

/** Null: no process runs. */
async function releaseRunning(delivery: Delivery): Promise<{ name: string; version?: string } | null> {
  const deployer = deployerNamed(delivery.deployer);
  const state = await deployer?.state(delivery);
  if (deployer === undefined || state?.status !== 'running' || state.release === null) return null;
  const release = (await deployer.releases(delivery)).find(({ name }) => name === state.release);
  return { name: state.release, ...(release && { version: release.version }) };
}
