import { environmentStream, underlying, type DeploymentCommand, type DeploymentState } from '@backstay/deployment';
import type { Relation } from '@backstay/document';
import type { EffectContext, Platform } from '@backstay/service-kit';
import semver from 'semver';
import { environmentState } from './folds.ts';

const waitMs = 8 * 3_600_000;

type Context = EffectContext<DeploymentCommand, DeploymentState>;
type Answer = { readonly relation: Relation; readonly by: string | null };

/** `Blocked By`: each line is satisfied by a recorded outcome or by a person's word; until then the deployment is held. */
export async function checkBlockers(
  platform: Platform,
  { state, now }: Context,
): Promise<readonly DeploymentCommand[]> {
  const whole = underlying(state);
  if (whole.status !== 'planning' || whole.drafted === null) return [];
  const answers = await Promise.all(
    whole.drafted.plan.blockedBy.map(async (relation) => ({
      relation,
      by: await satisfiedBy(platform, whole.confirmed, relation),
    })),
  );
  const open = answers.filter(({ by }) => by === null);
  const at = now();
  if (open.length === 0)
    return [
      {
        type: 'ClearBlockers',
        satisfied: answers.map(({ relation, by }) => ({ text: relation.text, by: by ?? '' })),
        at,
      },
    ];
  const until = new Date(Date.parse(at) + waitMs).toISOString();
  return [
    {
      type: 'HoldDeployment',
      code: 'blocked-by',
      why: whyOf(open),
      duty: dutyOf(open),
      step: null,
      winner: null,
      until,
      at,
    },
  ];
}

async function satisfiedBy(
  platform: Platform,
  confirmed: Readonly<Record<number, { readonly by: string }>>,
  { rule, source }: Relation,
): Promise<string | null> {
  if (rule.kind === 'manual') return confirmed[source.line]?.by ?? null;
  const { state } = await environmentState(platform, environmentStream(rule.service, rule.environment));
  const running = state.running?.version;
  if (running === undefined || !satisfies(running, rule.range)) return null;
  return `${rule.service} ${running} runs in ${rule.environment}`;
}

/** A version that is no semantic version satisfies only itself. */
function satisfies(version: string, range: string): boolean {
  return version === range || (semver.valid(version) !== null && semver.satisfies(version, range));
}

function whyOf(open: readonly Answer[]): string {
  return `waits for ${open.map(({ relation }) => `${relation.text} (line ${relation.source.line})`).join('; ')}`;
}

function dutyOf(open: readonly Answer[]): string | null {
  const manual = open.find(({ relation }) => relation.rule.kind === 'manual')?.relation.rule;
  return manual?.kind === 'manual' ? manual.duty.duty : null;
}
