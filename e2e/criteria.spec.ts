import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry, Criterion } from '@backstay/api-contract';
import { scratchDir } from '@backstay/local-platform';
import { expectedVerdicts, provingEvents } from '@backstay/projections/testing';

const launcher = fileURLToPath(new URL('../cli/bin/backstay.mjs', import.meta.url));

type Plan = Parameters<typeof expectedVerdicts>[0];
/** As the oracle reads it. */
type AuditEvent = AuditEntry & { readonly id: string };
type ObservedEvent = readonly Criterion[];
/** By criterion: each verdict that it ever had, with the event that changed it. */
type VerdictChanges = Readonly<Record<string, readonly string[]>>;

interface Scenario {
  readonly url: string;
  readonly deployments: readonly string[];
  readonly deviations: readonly string[];
}

/** The demo as its users see it, left running. */
class Demo {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(dataDir: string) {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], BACKSTAY_DATA_DIR: dataDir };
    this.#child = spawn(process.execPath, [launcher, 'demo', '--keep', '--json'], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#gone = new Promise((resolve) => this.#child.on('close', resolve));
  }

  /** What it says in JSON ends with that. */
  async scenario(): Promise<Scenario> {
    for await (const line of createInterface({ input: this.#child.stdout! })) {
      const { demo } = JSON.parse(line) as { demo?: Scenario };
      if (demo !== undefined) return demo;
    }
    throw new Error('the demo ended before its scenario was complete');
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#gone;
  }
}

// What must be true, state by state, written down from the text of the twelve rules.
const upToTheWatch: VerdictChanges = {
  'All integration tests passed': ['waiting: PlanDrafted', 'met: StepSucceeded pre.1'],
  'Security scans passed (no high/critical vulnerabilities)': ['waiting: PlanDrafted', 'met: StepSucceeded pre.2'],
  'Deployment procedure validated in staging': ['unmet: PlanDrafted'],
  'Rollback procedure tested successfully': ['unmet: PlanDrafted'],
  'Smoke tests defined and tested': ['unmet: PlanDrafted'],
  'Monitoring dashboards configured': ['waiting: PlanDrafted', 'met: PreflightReported monitoring'],
  'Documentation updated': ['waiting: PlanDrafted', 'met: StepSucceeded post.5'],
  'Team notified of deployment': ['waiting: PlanDrafted', 'met: StepSucceeded pre.4'],
  'Deployment executed successfully': ['waiting: PlanDrafted', 'met: ExecutionCompleted'],
  'Smoke tests passed in production': ['waiting: PlanDrafted', 'met: VerificationPassed'],
};
const good: VerdictChanges = {
  ...upToTheWatch,
  'No critical errors in logs': ['waiting: PlanDrafted', 'met: LogsRead'],
  'Performance metrics within acceptable range': ['waiting: PlanDrafted', 'met: MonitoringPassed'],
};
const bad: VerdictChanges = {
  ...upToTheWatch,
  'Rollback procedure tested successfully': [
    'unmet: PlanDrafted',
    'waiting: RollbackTriggered',
    'met: DeploymentRolledBack',
  ],
  'No critical errors in logs': ['waiting: PlanDrafted', 'unmet: RollbackTriggered'],
  'Performance metrics within acceptable range': ['waiting: PlanDrafted', 'unmet: DegradationDetected'],
};

const sentence = /^(?!.*(undefined|\[object|NaN|null|  )).{8,}$/;

describe('the acceptance criteria of the demo', () => {
  let dataDir: string;
  let demo: Demo;
  let scenario: Scenario;
  beforeAll(async () => {
    dataDir = await scratchDir('criteria');
    demo = new Demo(dataDir);
    scenario = await demo.scenario();
    expect(scenario.deviations).toEqual([]);
  });
  afterAll(async () => {
    await demo?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const get = async (path: string) => {
    const response = await fetch(`${scenario.url}/v1/deployments/${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    return (await response.json()) as Record<string, unknown>;
  };
  const eventsOf = async (id: string) => {
    const { entries } = (await get(`${id}/audit-trail`)) as unknown as { entries: readonly AuditEntry[] };
    return entries.map((entry): AuditEvent => ({ ...entry, id: entry.eventId }));
  };
  const criteriaOf = async (id: string, asOf?: number) =>
    (await get(`${id}/acceptance-criteria${asOf === undefined ? '' : `?asOf=${asOf}`}`))['criteria'] as ObservedEvent;
  /** The criteria after each event of the deployment. */
  const everyState = async (id: string, events: readonly AuditEvent[]) => {
    const states: ObservedEvent[] = [];
    for (const version of events.keys()) states.push(await criteriaOf(id, version + 1));
    return states;
  };
  const planIn = (events: readonly AuditEvent[]) =>
    events.find(({ type }) => type === 'PlanDrafted')?.data['plan'] as Plan;

  const expected = [
    ['1.1.0, which stays', 0, good],
    ['1.2.0, which is rolled back', 1, bad],
  ] as const;

  it.each(expected)('of %s are right in every state that it passes through', async (_name, index, changes) => {
    const id = scenario.deployments[index]!;
    const events = await eventsOf(id);
    const states = await everyState(id, events);
    expect(changesOf(events, states)).toEqual(changes);
    const plan = planIn(events);
    for (const [at, verdicts] of states.entries()) {
      const past = events.slice(0, at + 1);
      if (verdicts.length > 0) expect(verdicts.map(({ verdict }) => verdict)).toEqual(expectedVerdicts(plan, past));
      verdicts.forEach((criterion, line) => expectEvidence(criterion, plan.acceptanceCriteria[line]!.rule.kind, past));
    }
    expect(states.at(-1)!.map(({ verdict }) => verdict)).not.toContain('waiting');
  });

  it('are read anew: the rollback of 1.2.0 proves the procedure of whoever has the same', async () => {
    const [stays, rolledBack] = scenario.deployments as [string, string];
    const events = await eventsOf(stays);
    const end = (await eventsOf(rolledBack)).find(({ type }) => type === 'DeploymentRolledBack')!;
    const tested = async (asOf?: number) =>
      (await criteriaOf(stays, asOf)).find(({ text }) => text === 'Rollback procedure tested successfully')!;
    expect((await tested(events.length)).verdict).toBe('unmet');
    expect(await tested()).toMatchObject({ verdict: 'met', evidence: [{ eventId: end.id }] });
  });

  it('are met no more when what proves them is revoked, with who revoked it and why', async () => {
    const [id] = scenario.deployments as [string, string];
    const [first] = await criteriaOf(id);
    const [proof] = first!.evidence;
    const response = await fetch(`${scenario.url}/v1/deployments/${id}/evidence/${proof!.eventId}/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'the reports are those of another build' }),
    });
    expect(response.status).toBe(202);
    const [after, ...others] = await criteriaOf(id);
    expect(after).toMatchObject({ verdict: 'unmet', reason: expect.stringContaining('those of another build') });
    expect(after!.evidence.map(({ eventId }) => eventId)).not.toContain(proof!.eventId);
    const executed = others.find(({ text }) => text === 'Deployment executed successfully');
    expect(executed?.verdict).toBe('met');
  });
});

function changesOf(events: readonly AuditEvent[], states: readonly ObservedEvent[]): VerdictChanges {
  const changes: Record<string, string[]> = {};
  for (const [at, verdicts] of states.entries())
    for (const { text, verdict } of verdicts) {
      const earlier = (changes[text] ??= []);
      if (!earlier.at(-1)?.startsWith(`${verdict}:`)) earlier.push(`${verdict}: ${nameOf(events[at]!)}`);
    }
  return changes;
}

function nameOf({ type, data }: AuditEvent): string {
  const which = data['step'] ?? (type === 'PreflightReported' ? data['phase'] : undefined);
  return typeof which === 'string' ? `${type} ${which}` : type;
}

/** Events of the right kind that are there already, and a sentence that people read. */
function expectEvidence(
  { text, verdict, reason, evidence }: Criterion,
  kind: keyof typeof provingEvents,
  past: readonly AuditEvent[],
): void {
  expect([text, reason]).toEqual([text, expect.stringMatching(sentence)]);
  const named = evidence.map(({ eventId }) => past.find(({ id }) => id === eventId)?.type);
  expect(named).not.toContain(undefined);
  if (verdict !== 'met') return;
  expect(named.length).toBeGreaterThan(0);
  expect(provingEvents[kind]).toEqual(expect.arrayContaining(named));
}
