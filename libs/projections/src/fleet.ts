import { counted } from '@backstay/document';
import type { DeploymentSummary } from './deployment-summary/index.ts';
import type { EnvironmentView } from './environment-view.ts';
import type { OverrideView } from './overrides.ts';
import { listed } from './text.ts';

/** An environment that a deployment left half way: what is recorded to run there may no longer be so. */
export interface UnknownRunning {
  readonly deployment: string;
  readonly version: string | null;
  readonly outcome: string | null;
  /** What is recorded to run; null: nothing. */
  readonly recorded: string | null;
  /** How that deployment ended, what it did not put back among it. */
  readonly why: string | null;
}

/** One service in one environment as operators see it, the same as a sentence. */
export interface FleetEntry extends EnvironmentView {
  readonly unverified: string | null;
  readonly unknown: UnknownRunning | null;
  /** Findings that were overridden for what runs there, or for who holds it. */
  readonly overrides: readonly (OverrideView & { readonly deployment: string })[];
  readonly sentence: string;
}

type Known = Pick<DeploymentSummary, 'version' | 'status' | 'sentence' | 'overrides'>;

/** The deployments that an environment's entry is made from. */
export function deploymentsBehind(view: EnvironmentView): readonly string[] {
  const ids = [uncertainIn(view), view.running?.deployment, view.holder].filter(
    (id) => id !== null && id !== undefined,
  );
  return [...new Set(ids)];
}

/** `known`: the deployments behind it, as far as anything is known of them. */
export function fleetEntry(view: EnvironmentView, known: ReadonlyMap<string, Known>): FleetEntry {
  const overrides = deploymentsBehind(view).flatMap((deployment) =>
    (known.get(deployment)?.overrides ?? []).map((each) => ({ ...each, deployment })),
  );
  const unknown = unknownIn(view, known);
  const { unverified = null } = view;
  const sentence = sentenceOf(view, unknown, overrides);
  return { ...view, uncertain: uncertainIn(view), unverified, unknown, overrides, sentence };
}

/** A row that an earlier version wrote says nothing of it. */
const uncertainIn = (view: EnvironmentView): string | null => ('uncertain' in view ? view.uncertain : null);

function unknownIn(view: EnvironmentView, known: ReadonlyMap<string, Known>): UnknownRunning | null {
  const { running, deployments } = view;
  const uncertain = uncertainIn(view);
  if (uncertain === null) return null;
  const here = deployments.find(({ deployment }) => deployment === uncertain);
  const there = known.get(uncertain);
  return {
    deployment: uncertain,
    version: here?.version ?? there?.version ?? null,
    outcome: here?.outcome ?? there?.status ?? null,
    recorded: running?.version ?? null,
    why: there?.sentence ?? null,
  };
}

function sentenceOf(view: EnvironmentView, unknown: UnknownRunning | null, overrides: FleetEntry['overrides']): string {
  const { holder, queue, quarantined } = view;
  const codes = [...new Set(overrides.map(({ code }) => code))];
  return [
    unknown === null ? runningIn(view) : unknownText(unknown),
    ...(holder === null ? [] : [`deployment ${holder} holds it`]),
    ...(queue.length === 0 ? [] : [`${counted(queue.length, 'deployment')} queued`]),
    ...(quarantined.length === 0
      ? []
      : [`quarantined: ${listed(quarantined.map(({ version, why }) => `${version} (${why})`))}`]),
    ...(codes.length === 0 ? [] : [`overridden for it: ${listed(codes)}`]),
  ].join('; ');
}

function runningIn({ running, verifiedGood, unverified = null }: EnvironmentView): string {
  if (running === null) return 'nothing is recorded to run';
  if (unverified !== null)
    return `${running.version} runs, not verified good: deployment ${unverified} put it back and could not verify it`;
  if (running.version === verifiedGood?.version && running.release === verifiedGood.release)
    return `${running.version} runs, verified good`;
  const last = verifiedGood === null ? 'nothing was ever verified good' : `verified good was ${verifiedGood.version}`;
  return `${running.version} runs, not verified good; ${last}`;
}

function unknownText({ deployment, version, outcome, recorded, why }: UnknownRunning): string {
  const which = `deployment ${deployment}${version === null ? '' : ` of ${version}`}`;
  const text = why === null ? '' : ` (${why})`;
  return (
    `it is not known what runs: ${which} ended ${outcome ?? 'half way'}${text}; ` +
    `recorded is ${recorded ?? 'nothing'}; adopt what runs, or override unknown-running`
  );
}
