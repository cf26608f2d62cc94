import type { AuditEntry, Deployment, Held, MetricSeries } from '@backstay/api-contract';

export const id = '0b5c2f6e-9d4e-5f0a-8a53-1c2d3e4f5a6b';

export const summary = (changes: Partial<Deployment> = {}): Deployment => ({
  id,
  service: 'notes-api',
  version: '1.2.0',
  previousVersion: '1.1.0',
  environment: 'production',
  kind: 'deployment',
  status: 'executing',
  phase: 'execution',
  streamVersion: 7,
  statusVersion: 5,
  requestedAt: '2026-03-01T12:00:00.000Z',
  requestedBy: 'ci (claimed)',
  planDigest: 'sha256:ab',
  steps: { done: 1, total: 2 },
  sentence: 'executing',
  ...changes,
});

export const held = (changes: Partial<Held>): Held => ({
  why: '',
  code: 'manual',
  duty: null,
  step: null,
  until: '',
  ends: [],
  ...changes,
});

export const series = (changes: Partial<MetricSeries>): MetricSeries => ({
  metric: 'cpu',
  unit: 'ratio',
  windowMs: 60_000,
  thresholds: [],
  breaches: [],
  samples: [],
  ...changes,
});

let version = 0;

/** An entry of the audit trail, `seconds` after the request. */
export function auditEntry(type: string, data: object = {}, seconds = 0): AuditEntry {
  version += 1;
  const time = new Date(Date.parse('2026-03-01T12:00:00.000Z') + seconds * 1_000).toISOString();
  return {
    eventId: `event-${version}`,
    stream: `deployment-${id}`,
    position: version,
    cursor: `1-${version}`,
    version,
    time,
    type,
    actor: { kind: 'service', name: 'execution' },
    by: 'execution',
    summary: `${type} happened`,
    causationId: null,
    correlationId: id,
    hash: 'ff',
    data: { at: time, ...data },
  };
}

export const planned = auditEntry('PlanDrafted', {
  plan: {
    steps: [
      { id: 'pre.1', stage: 'pre', title: 'Backup current production state', source: { line: 21 } },
      { id: 'deploy.1', stage: 'deploy', title: 'Run database migrations', source: { line: 27 } },
      { id: 'deploy.2', stage: 'deploy', title: 'Restart services', source: { line: 28 } },
    ],
    smokeTests: [{ title: 'User Login' }, { title: 'Data Retrieval' }],
    healthChecks: [{ title: 'Application health' }],
  },
});
