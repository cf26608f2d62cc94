import { examplePlan, exampleStep } from '@backstay/deployment/testing';
import { planSchema, type Action, type Plan, type Stage, type Step } from '@backstay/document';

const firstLine: Readonly<Record<Stage, number>> = { pre: 10, deploy: 100, post: 200, rollback: 300 };
const harmless: readonly Action['kind'][] = ['wait', 'notify', 'evidence', 'backup', 'checkout', 'manual'];

/** A step by its id (`pre.1`, `deploy.3`) and what it does; a failure stops, unless said otherwise. */
export function step(id: string, action: Action, changes: Partial<Step> = {}): Step {
  const { stage, number } = exampleStep(id);
  return exampleStep(id, {
    action,
    onFailure: 'stop',
    timeoutMs: 20_000,
    effect: action.kind === 'run' ? 'reattachable' : 'idempotent',
    mutates: !harmless.includes(action.kind),
    source: { line: firstLine[stage] + number },
    ...changes,
  });
}

/** A command that a shell runs. */
export function run(id: string, text: string, changes: Partial<Step> = {}): Step {
  return step(id, { kind: 'run', shell: true, commands: [{ text, argv: ['sh', '-c', text] }] }, changes);
}

const unwatched: Plan['monitoring'] = {
  ...examplePlan().monitoring,
  source: null,
  watchMs: 0,
  everyMs: 1_000,
  baselineMs: 0,
  minimumSamples: 0,
  minimumRequests: 0,
  onNoData: { waitMs: 0, then: 'fail' },
  metrics: [],
  thresholds: [],
};

/** Version 2.0.0 of orders-api for staging: these steps alone, with nothing to check, to watch or to confirm unless said otherwise. */
export function planOf(
  steps: readonly Step[],
  { monitoring, ...changes }: Partial<Omit<Plan, 'monitoring'>> & { monitoring?: Partial<Plan['monitoring']> } = {},
): Plan {
  return planSchema.parse(
    examplePlan({
      service: 'orders-api',
      version: '2.0.0',
      commit: undefined,
      baseUrl: null,
      steps: [...steps],
      smokeTests: [],
      healthChecks: [],
      monitoring: { ...unwatched, ...monitoring },
      rollback: { triggers: [], steps: [], timeoutMs: 60_000, dataLossMs: null },
      documentation: [],
      acceptanceCriteria: [],
      channels: {},
      allow: ['127.0.0.1:*'],
      ...changes,
    }),
  );
}
