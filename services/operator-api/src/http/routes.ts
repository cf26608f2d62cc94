import { deployRequestSchema } from '@backstay/deployment';
import type { z } from 'zod';
import type { Role } from '../auth/principal.ts';
import { mediaTypes } from './answer.ts';
import * as inputs from './inputs.ts';
import * as shapes from './shapes.ts';
import type { Success } from './statuses.ts';

/** Who may: nobody need be known, a role, or whoever carries the duty that is asked for. */
export type Access = 'public' | 'duty' | Role;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** With parameters as in `/v1/deployments/:id`. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly success: Success;
  /** The JSON of the answer, or the media types of an answer that is no JSON. */
  readonly answer: z.ZodType | readonly string[];
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether Markdown is taken instead of JSON. */
  readonly takesMarkdown?: boolean;
  /** Media types that can be had besides JSON. */
  readonly alsoAs?: readonly string[];
  /** Part of the service itself rather than of its API: left out of the API's description. */
  readonly hidden?: boolean;
}

const get = (path: string, access: Access, summary: string, answer: Route['answer'], more: Partial<Route> = {}) =>
  ({ method: 'GET', path, access, summary, answer, success: 'ok', ...more }) satisfies Route;

const post = (path: string, access: Access, summary: string, answer: Route['answer'], more: Partial<Route> = {}) =>
  ({ method: 'POST', path, access, summary, answer, success: 'accepted', ...more }) satisfies Route;

const of = (path: string) => `/v1/deployments/:id${path}`;
const asOf = { query: inputs.asOfQuery };
const reason = { body: inputs.reasonBody };

/** Every route with who may use it; what is not listed here is denied. */
export const routes = {
  requestDeployment: post('/v1/deployments', 'operator', 'Request a deployment', shapes.summaryShape, {
    query: inputs.requestQuery,
    body: deployRequestSchema,
    takesMarkdown: true,
  }),
  listDeployments: get('/v1/deployments', 'viewer', 'Deployments, the newest first', shapes.listShape, {
    query: inputs.deploymentsQuery,
  }),
  getDeployment: get(of(''), 'viewer', 'Where a deployment stands', shapes.summaryShape, asOf),
  getPlan: get(of('/plan'), 'viewer', 'The frozen plan and its digest', shapes.planShape, asOf),
  getDocument: get(
    of('/document'),
    'viewer',
    'The document with verdict and evidence beside each line',
    shapes.documentShape,
    {
      ...asOf,
      alsoAs: [mediaTypes.markdown],
    },
  ),
  getSteps: get(of('/steps'), 'viewer', 'Every step with its attempts', shapes.stepsShape, asOf),
  getStepOutput: get(of('/steps/:step/output'), 'viewer', 'The recorded output of a step', [mediaTypes.text], asOf),
  getAuditTrail: get(
    of('/audit-trail'),
    'viewer',
    'Every fact, with who, when, why and its hash',
    shapes.auditTrailShape,
    {
      ...asOf,
      alsoAs: [mediaTypes.ndjson, mediaTypes.csv],
    },
  ),
  getAcceptanceCriteria: get(
    of('/acceptance-criteria'),
    'viewer',
    'Each criterion with verdict and evidence',
    shapes.criteriaShape,
    asOf,
  ),
  getMeasurements: get(
    of('/measurements'),
    'viewer',
    'Samples, thresholds, baseline, breaches',
    shapes.measurementsShape,
    asOf,
  ),
  getWhy: get(of('/why'), 'viewer', 'Why it stands where it stands, newest first', shapes.whyShape, asOf),
  rollBack: post(
    of('/rollback'),
    'operator',
    'Roll back, also what has succeeded and still runs',
    shapes.summaryShape,
    reason,
  ),
  cancel: post(
    of('/cancel'),
    'operator',
    'Cancel: before a change it ends, after one it is rolled back',
    shapes.summaryShape,
    reason,
  ),
  confirm: post(of('/confirm'), 'duty', 'Confirm a manual step or a criterion', shapes.summaryShape, {
    body: inputs.confirmBody,
  }),
  revokeEvidence: post(
    of('/evidence/:evidence/revoke'),
    'approver',
    'Revoke evidence, named by event or step: what rests on it is met no longer',
    shapes.summaryShape,
    reason,
  ),
  resolveStep: post(
    of('/steps/:step/resolve'),
    'duty',
    'Decide on a step whose end is unknown, or that asks',
    shapes.summaryShape,
    {
      body: inputs.resolveBody,
    },
  ),
  adopt: post(
    '/v1/services/:service/environments/:environment/adopt',
    'operator',
    'Check what already runs and take it as verified good',
    shapes.environmentShape,
    {
      body: inputs.adoptBody,
    },
  ),
  liftQuarantine: post(
    '/v1/services/:service/environments/:environment/quarantine/lift',
    'approver',
    'Let a version that was rolled back be deployed there again',
    shapes.environmentShape,
    {
      body: inputs.liftBody,
    },
  ),
  listEnvironments: get('/v1/environments', 'viewer', 'Every service in every environment', shapes.environmentsShape, {
    query: inputs.environmentsQuery,
  }),
  getEnvironment: get(
    '/v1/services/:service/environments/:environment',
    'viewer',
    'What runs, who holds it, what is known to be good',
    shapes.environmentShape,
  ),
  lintDocument: post(
    '/v1/documents/lint',
    'viewer',
    'Every problem of a document, or of a plan in JSON',
    shapes.lintShape,
    {
      body: inputs.lintBody,
      takesMarkdown: true,
      success: 'ok',
    },
  ),
  dryRun: post('/v1/plans', 'viewer', 'The plan that would run, and what blocks it', shapes.dryRunShape, {
    query: inputs.requestQuery,
    body: inputs.dryRunBody,
    takesMarkdown: true,
    success: 'ok',
  }),
  streamEvents: get(
    '/v1/events/stream',
    'viewer',
    'Events as they are recorded; Last-Event-ID resumes without a gap',
    ['text/event-stream'],
    {
      query: inputs.streamQuery,
    },
  ),
  listParked: get('/v1/parked', 'operator', 'Messages that nobody could read', shapes.parkedShape, {
    query: inputs.pagingQuery,
  }),
  rebuildProjection: post(
    '/v1/projections/:name/rebuild',
    'admin',
    'Build a read model anew while the old one serves',
    shapes.rebuiltShape,
    { success: 'ok' },
  ),
  live: get('/health/live', 'public', 'Whether the process lives', shapes.healthShape),
  ready: get('/health/ready', 'public', 'Whether requests can be served', shapes.healthShape),
  metrics: get('/metrics', 'viewer', 'Metrics for Prometheus', [mediaTypes.text]),
  openApi: get('/openapi.json', 'public', 'This description', ['application/json']),
  docs: get('/docs', 'public', 'This description for people', [mediaTypes.html], { hidden: true }),
  listPage: get('/', 'viewer', 'Deployments, for people', [mediaTypes.html], {
    hidden: true,
    query: inputs.deploymentsQuery,
  }),
  environmentsPage: get(
    '/environments',
    'viewer',
    'Every service in every environment, for people',
    [mediaTypes.html],
    {
      hidden: true,
    },
  ),
  deploymentPage: get('/d/:id', 'viewer', 'One deployment, for people', [mediaTypes.html], { hidden: true, ...asOf }),
  pageStyle: get('/page.css', 'public', 'How the pages look', [mediaTypes.css], { hidden: true }),
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof routes;
