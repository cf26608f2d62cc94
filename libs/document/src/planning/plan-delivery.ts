import { channelOf, kindOf, requestOf } from '../steps/lookup.ts';
import { deployers } from '../values/deployers.ts';
import { destinationForms, readDestination } from '../values/destinations.ts';
import type { Entry } from './entries.ts';
import type { Needs } from './needs.ts';
import type { Request } from '../plan/values.ts';
import type { HealthCheck, SmokeTest } from '../plan/checks.ts';
import type { Threshold } from '../plan/monitoring.ts';
import type { Delivery, Step } from '../plan/plan.ts';

/** What the deployer needs; null where no step deploys, or where something is still missing. */
export function planDelivery(steps: readonly Step[], needs: Needs): Delivery | null {
  const step = steps.find(({ action }) => kindOf(action).deployer(action) !== undefined);
  const { profile, bindings } = needs;
  const named = (step && kindOf(step.action).deployer(step.action)) ?? 'release';
  const deployer = profile?.deployer ?? named;
  const line = step?.source.line ?? 1;
  if (!deployers.some((each) => each === deployer)) {
    const message = `the deployer ${deployer} is not supported in this version, and nothing is deployed in its stead; write \`deployer: ${deployers.join('`, `')}\``;
    needs.block('unsupported-deployer', message, line);
  }
  if (!step) return null;
  const ready = bindings?.ready ?? firstHealthRequest(needs);
  if (profile?.root === undefined)
    needs.profileEntry(line, { key: 'root', value: `/srv/${needs.document.scope.name}` });
  if (!bindings?.start) needs.binding(line, { key: 'start', value: 'node server.mjs' });
  if (!ready) needs.binding(line, { key: 'ready', value: 'GET /health' });
  if (profile?.root === undefined || !bindings?.start || !ready) return null;
  return {
    deployer,
    hosts: [...profile.hosts],
    root: profile.root,
    start: bindings.start,
    ready,
    keepReleases: profile.keepReleases,
  };
}

function firstHealthRequest({ document }: Needs): Request | undefined {
  for (const { check } of document.healthChecks)
    if (check?.kind === 'request' && check.request.method === 'GET' && !check.request.path.includes('${'))
      return check.request;
  return undefined;
}

/** Steps act on this machine; for another one they must not. */
export function checkHosts(needs: Needs): void {
  const others = needs.profile?.hosts.filter((host) => host !== 'local') ?? [];
  if (others.length === 0) return;
  needs.block(
    'unsupported-hosts',
    `deploying to ${others.join(', ')} is not supported in this version; write \`hosts: [local]\``,
    1,
  );
}

/** The address of the service, which relative paths need. */
export function planBaseUrl(
  steps: readonly Step[],
  flows: readonly SmokeTest[],
  checks: readonly HealthCheck[],
  needs: Needs,
): string | null {
  const baseUrl = needs.document.scope.baseUrl ?? needs.profile?.baseUrl;
  if (baseUrl !== undefined) return baseUrl;
  const addressed = [
    ...steps.flatMap(({ action, source }) => {
      const request = requestOf(action);
      return request ? [{ request, source }] : [];
    }),
    ...flows,
    ...checks.flatMap(({ check, source }) => ('request' in check ? [{ request: check.request, source }] : [])),
  ];
  const relative = addressed.find(({ request }) => request.path.startsWith('/'));
  if (relative) needs.profileEntry(relative.source.line, { key: 'baseUrl', value: 'http://…' });
  return null;
}

/** The channels of the profile; those that the document uses by the names that it uses. */
export function planChannels(
  steps: readonly Step[],
  thresholds: readonly Threshold[],
  needs: Needs,
): Record<string, string> {
  const channels: Record<string, string> = { ...needs.profile?.notify };
  const used = [
    ...steps.flatMap(({ action, source }) => {
      const name = channelOf(action);
      return name === undefined ? [] : [{ name, source }];
    }),
    ...thresholds.flatMap(({ action, source }) => {
      if (action === 'page') return [{ name: 'on-call', source }];
      return action.startsWith('notify:') ? [{ name: action.slice('notify:'.length), source }] : [];
    }),
  ];
  for (const { name, source } of used) {
    const destination = channelNamed(name, needs);
    if (destination === undefined) needs.profileEntry(source.line, destinationOf(name));
    else channels[name] = destination;
  }
  for (const [name, text] of Object.entries(channels)) {
    if (readDestination(text)) continue;
    const message = `the channel ${name} leads to “${text}”, and this version does not deliver to it; write ${destinationForms.join(', ')} in the environment profile`;
    needs.block('unsupported-destination', message, used.find((each) => each.name === name)?.source.line ?? 1);
  }
  return channels;
}

function destinationOf(channel: string): Entry {
  return { key: 'notify', name: JSON.stringify(channel), value: '"webhook <secret: NAME>"' };
}

/** `#team` and `team` are one channel. */
function channelNamed(name: string, { profile }: Needs): string | undefined {
  const notify = profile?.notify ?? {};
  const other = name.startsWith('#') ? name.slice(1) : `#${name}`;
  return [name, other].filter((each) => Object.hasOwn(notify, each)).map((each) => notify[each])[0];
}
