import fc from 'fast-check';
import type { DeploymentEvent, StepOutcome } from '@backstay/deployment';
import { passingChecks, ScriptedHistory, type Script } from '@backstay/deployment/testing';
import type { Criterion, Plan } from '@backstay/document';
import { examplePlan, exampleStep, goodFindings, goodSteps } from '../testing/index.ts';

const id = 'd-1';

const [reports, notice, ...changes] = examplePlan().steps;
const runbook: Criterion = {
  text: 'Runbook published',
  line: 230,
  rule: { kind: 'evidence', evidence: { reader: 'url', url: 'http://127.0.0.1/runbook' } },
};

/** Every kind of criterion; each of its steps may fail without ending it at once. */
const planOf = (environment: string, watched: boolean): Plan =>
  examplePlan({
    environment,
    acceptsUnattested: environment !== 'production',
    acceptanceCriteria: [...examplePlan().acceptanceCriteria, runbook],
    smokeTests: examplePlan().smokeTests.map((flow) => ({ ...flow, title: 'Data Retrieval' })),
    steps: [
      { ...reports!, onFailure: 'continue', retry: { times: 1, everyMs: 1_000 } },
      exampleStep('pre.3', 'Verify security scans passed', {
        kind: 'evidence',
        evidence: { reader: 'sarif', glob: 'scan.sarif' },
      }),
      notice!,
      ...changes.filter(({ stage }) => stage === 'deploy'),
      exampleStep('post.2', 'Run smoke tests', { kind: 'section', section: 'smoke-tests' }, { onFailure: 'continue' }),
      exampleStep('post.3', 'Dashboards', { kind: 'section', section: 'dashboards' }, { onFailure: 'continue' }),
      ...changes.filter(({ stage }) => stage === 'post').map((step) => ({ ...step, onFailure: 'continue' as const })),
    ],
    monitoring: { ...examplePlan().monitoring, ...(watched ? {} : { source: null }) },
  });

const verdicts = fc.constantFrom(
  'pass' as const,
  'pass' as const,
  'fail' as const,
  'no-data' as const,
  'error' as const,
);
const steps = ['pre.1', 'pre.2', 'pre.3', 'deploy.1', 'deploy.2', 'post.1', 'post.2', 'post.3', 'rollback.1'];
/** How a deployment may go, and what is found out meanwhile. */
export const worlds = fc.record({
  environment: fc.constantFrom('staging', 'production'),
  rehearse: fc.boolean(),
  watched: fc.boolean(),
  first: fc.boolean(),
  reports: fc.tuple(verdicts, verdicts),
  attested: fc.boolean(),
  scans: verdicts,
  delivered: fc.boolean(),
  documented: fc.constantFrom('pass', 'fail', 'not-applicable', 'no-data'),
  reading: verdicts,
  logs: fc.option(verdicts, { nil: undefined }),
  findings: fc.constantFrom(
    goodFindings,
    goodFindings.slice(1),
    [],
    goodFindings.map((each) => ({ ...each, ok: false })),
  ),
  bad: fc.dictionary(fc.constantFrom(...steps), fc.constantFrom('failed', 'unknown'), { maxKeys: 2 }),
  verified: fc.boolean(),
  restored: fc.boolean(),
  watch: fc.constantFrom('passes' as const, 'passes' as const, 'degrades' as const, 'says nothing' as const),
  confirmed: fc.subarray([162, 215]),
  early: fc.boolean(),
});
type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;

const outcomes: Readonly<Record<string, StepOutcome>> = {
  failed: { status: 'failed', reason: 'exit code 1' },
  unknown: { status: 'unknown', reason: 'its host was lost' },
};

function scriptOf(world: World, plan: Plan): Script {
  const evidence = (verdict: string, summary: string) => ({
    evidence: { reader: 'junit', verdict, attested: world.attested, summary, facts: {}, files: [] },
  });
  const results: Readonly<Record<string, (attempt: number) => Readonly<Record<string, unknown>>>> = {
    'pre.1': (attempt) => evidence(world.reports[Math.min(attempt, 2) - 1]!, `reports of try ${attempt}`),
    'pre.2': () => ({ delivered: world.delivered, channel: 'team' }),
    'pre.3': () => evidence(world.scans, `the scan says ${world.scans}`),
    'deploy.2': () => goodSteps['deploy.2']!.result!,
    'post.1': () => ({
      documentation: [{ line: 160, text: 'CHANGELOG', verdict: world.documented, summary: 'what the commit touches' }],
    }),
  };
  return {
    plan,
    findings: world.findings,
    ...(world.logs === undefined ? {} : { logs: world.logs }),
    watch: world.watch,
    result: (step, attempt) => results[step.id]?.(attempt),
    reading: () => ({ verdict: world.reading, attested: world.attested, summary: 'what was read' }),
    outcome: ({ id: step }, attempt) => {
      if (step === 'pre.1' && world.reports[Math.min(attempt, 2) - 1] !== 'pass') return outcomes['failed']!;
      return (attempt === 1 ? outcomes[world.bad[step] ?? ''] : undefined) ?? { status: 'succeeded' };
    },
    checks: (purpose) => passingChecks(purpose === 'verification' ? world.verified : world.restored),
  };
}

/** A deployment that goes as this world has it; persons say their word before or after its end. */
export function played(world: World): { readonly plan: Plan; readonly records: readonly DeploymentEvent[] } {
  const plan = planOf(world.environment, world.watched);
  const rehearse = world.rehearse && world.environment === 'staging';
  const simulation = new ScriptedHistory();
  if (!world.first) {
    simulation.request('d-0', { plan: planOf(world.environment, false) });
    simulation.run();
  }
  simulation.request(id, scriptOf(world, plan), {
    request: {
      document: '# Deployment: orders-api',
      environment: world.environment,
      ...(rehearse ? { rehearse } : {}),
    },
  });
  const confirm = () =>
    world.confirmed.forEach((line) =>
      simulation.handle(id, { type: 'ConfirmCriterion', line, by: 'owner', reason: 'seen', at: simulation.now }),
    );
  for (let moves = 0; moves < 12 && world.early; moves += 1)
    for (const phase of ['planning', 'execution', 'verification', 'monitoring'] as const)
      simulation.runPhase(id, phase);
  if (simulation.types(id).includes('PlanDrafted')) confirm();
  simulation.run(id);
  resolve(simulation);
  confirm();
  return { plan, records: simulation.events(id) };
}

/** What is held for a person is taken as failed. */
function resolve(simulation: ScriptedHistory): void {
  const state = simulation.state(id);
  if (state.status !== 'held' || state.hold.step === null) return;
  const { step } = state.hold;
  simulation.handle(id, {
    type: 'ResolveStep',
    step,
    outcome: 'failed',
    by: 'operator',
    reason: 'seen',
    at: simulation.now,
  });
  simulation.run(id);
}
