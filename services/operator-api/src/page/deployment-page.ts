import { judgedLines, type JudgedLine } from '@backstay/document';
import {
  type AcceptanceCriteria,
  type AuditEntry,
  type AuditTrail,
  type CriterionView,
  type DeploymentSummary,
  type DocumentView,
  type LineVerdict,
  overrideText,
  type OverrideView,
  type RejectedFor,
  type StepView,
  type Why,
} from '@backstay/projections';
import type { BrokenLink } from '../deployments/deployments.ts';
import type { KnownSince } from '../deployments/taken-back.ts';
import { list, markup, part, type Html, type Part, type View } from './html.ts';
import { linkTo } from './links.ts';
import { mark, timestamp, versions } from './marks.ts';

/** All that a page about one deployment shows, of one moment. */
export interface Shown {
  readonly summary: KnownSince;
  readonly why: Why;
  readonly criteria: AcceptanceCriteria;
  readonly steps: readonly StepView[];
  readonly document: DocumentView;
  readonly audit: AuditTrail;
  /** Of the whole stream; null: its chain of hashes is intact. */
  readonly firstBroken: BrokenLink | null;
  /** The earlier moment that is looked at; undefined: now. */
  readonly asOf: string | undefined;
}

export function deploymentView(shown: Shown): View {
  const { summary, asOf } = shown;
  const body = markup`${head(shown)}
${chain(shown.why)}
${criteria(shown.criteria)}
${steps(shown.steps, summary.id)}
${source(shown.document, summary.id)}
${audit(shown.audit, shown.firstBroken, summary.id)}`;
  return {
    title: `${summary.service ?? summary.id} ${summary.version ?? ''}`,
    body: part('div', 'page', body),
    goesOn: summary.finishedAt === undefined && asOf === undefined,
  };
}

/** What is left to show of a deployment whose events were changed until nothing can be folded from them. */
export function brokenView(id: string, trail: AuditTrail, firstBroken: BrokenLink): View {
  const body = markup`<h1>Deployment <code>${id}</code></h1>
${alarm(firstBroken)}
<p>Nothing else is known of this deployment.</p>
${audit(trail, firstBroken, id)}`;
  return { title: id, body: part('div', 'page', body), goesOn: false };
}

const alarm = ({ version, eventId }: BrokenLink): Html =>
  markup`<p class="alarm" role="alert">${mark('audit not intact')}: the hash of version <a href="#${eventId}">${version}</a> does not follow from what is recorded. From there on, trust nothing on this page.</p>`;

const head = ({ summary, asOf, firstBroken }: Shown): Part =>
  part(
    'div',
    'head',
    markup`<h1>${summary.service ?? 'Deployment'} ${versions(summary)}</h1>
${asOf !== undefined && markup`<p class="notice">As of ${asOf}; <a href="${linkTo.deployment(summary.id)}">as it is now</a></p>`}
${firstBroken !== null && alarm(firstBroken)}
<p class="sentence">${mark(summary.status)} ${summary.sentence}</p>
${summary.rolledBackBy !== undefined && markup`<p class="notice">Rolled back by deployment <a href="${linkTo.deployment(summary.rolledBackBy)}">${summary.rolledBackBy}</a></p>`}
${summary.of !== undefined && markup`<p class="notice">Takes back deployment <a href="${linkTo.deployment(summary.of)}">${summary.of}</a></p>`}
${summary.held !== undefined && markup`<p class="notice">Waits for ${summary.held.duty ?? 'what will come by itself'} until ${timestamp(summary.held.until)}: ${summary.held.why}</p>`}
<dl>
<dt>Environment</dt><dd>${summary.environment ?? 'not known yet'}</dd>
<dt>Steps</dt><dd>${summary.steps.done} of ${summary.steps.total} done</dd>
<dt>Requested</dt><dd>${timestamp(summary.requestedAt)} by ${summary.requestedBy}</dd>
${summary.finishedAt !== undefined && markup`<dt>Ended</dt><dd>${timestamp(summary.finishedAt)}</dd>`}
<dt>Id</dt><dd><code>${summary.id}</code> at version ${summary.streamVersion}</dd>
${summary.overrides !== undefined && markup`<dt>Overridden</dt><dd>${summary.overrides.map(overridden)}</dd>`}
${summary.planDigest !== null && markup`<dt>Plan</dt><dd><a href="${linkTo.plan(summary.id)}"><code>${summary.planDigest}</code></a></dd>`}
</dl>
${wayOn(summary)}
${(summary.finishedAt === undefined || summary.status === 'succeeded') && markup`<p>To take it back: <code>backstay rollback ${summary.id} --reason "…"</code></p>`}`,
  );

const overridden = (each: OverrideView): Html =>
  markup`<div>${mark('overridden')} ${overrideText(each)} <small><a href="#${each.eventId}">event</a></small></div>`;

/** The commands that end a wait, where a person can. */
function wayOn({ held }: DeploymentSummary): Html | null {
  if (held === undefined || held.ends.length === 0) return null;
  return markup`<p>To go on: ${held.ends.map((command) => markup`<code>${command}</code><br>`)}</p>`;
}

const chain = ({ chain: links }: Why): Part =>
  part(
    'section',
    'why',
    markup`<h2>Why</h2>
<ol>${links.map(({ summary, time, eventId, problems }) => markup`<li>${summary} <small>${timestamp(time)} <a href="#${eventId}">event</a></small>${problems?.map(problemLine)}</li>`)}</ol>`,
  );

const problemLine = ({ file, line, code, message, of, override }: RejectedFor): Html =>
  markup`<div>${of === 'request' ? 'the request' : `${file ?? 'line'} ${line}`}: ${message} <code>${code}</code>${override !== undefined && markup`; ${override}`}</div>`;

const criteria = ({ criteria: all, overrides }: AcceptanceCriteria): Part =>
  part(
    'section',
    'criteria',
    markup`<h2>Acceptance criteria</h2>
${overrides.length > 0 && markup`<p>In spite of:</p>${overrides.map(overridden)}`}
${
  all.length === 0
    ? markup`<p>None: there is no plan yet, or its document names none.</p>`
    : markup`<table>
<thead><tr><th>Verdict</th><th>Criterion</th><th>Why</th><th>Evidence</th></tr></thead>
${list('tbody', 'criterion-rows', all.map(criterionRow))}</table>`
}`,
  );

const criterionRow = ({ verdict, text, line, reason, evidence }: CriterionView, index: number): Part =>
  part(
    'tr',
    `criterion-${index + 1}`,
    markup`<td>${mark(verdict)}</td><td><a href="#line-${line}">${text}</a></td><td>${reason}</td>
<td>${evidence.map((each) => markup`<a href="#${each.eventId}">${each.summary}</a><br>`)}</td>`,
  );

const steps = (all: readonly StepView[], id: string): Part =>
  part(
    'section',
    'steps',
    markup`<h2>Steps</h2>
${
  all.length === 0
    ? markup`<p>None: there is no plan yet.</p>`
    : markup`<table>
<thead><tr><th>Status</th><th>Step</th><th>Attempts</th><th>Why</th><th>Output</th></tr></thead>
${list(
  'tbody',
  'step-rows',
  all.map((step) => stepRow(step, id)),
)}</table>`
}`,
  );

function stepRow({ id, title, status, attempts, reason, line }: StepView, deployment: string): Part {
  const written = attempts.some(({ output }) => output !== null);
  return part(
    'tr',
    `step-${id}`,
    markup`<td>${mark(status)}</td><td><a href="#line-${line}">${id}</a> ${title}</td>
<td>${attempts.map(({ attempt, host, startedAt, endedAt, outcome }) => markup`${attempt}: ${outcome ?? 'running'} on ${host}, ${timestamp(startedAt)}${endedAt !== null && markup` – ${timestamp(endedAt)}`}<br>`)}</td>
<td>${reason}</td>
<td>${written && markup`<a href="${linkTo.output(deployment, id)}">output</a>`}</td>`,
  );
}

function source({ source: text, note, verdicts }: DocumentView, id: string): Part {
  if (text === null) return part('section', 'document', markup``);
  return part(
    'section',
    'document',
    markup`<h2>Document</h2>
<p>Also as <a href="${linkTo.document(id)}">JSON</a>, and as Markdown by <code>Accept</code>. A box that was ticked manually proves nothing.</p>
${note !== undefined && markup`<p>${note}</p>`}
<table class="source">${list('tbody', 'lines', judgedLines(text, verdicts).map(sourceRow))}</table>`,
  );
}

const sourceRow = ({ number, text, verdicts }: JudgedLine): Part =>
  part(
    'tr',
    `line-${number}`,
    markup`<td class="number">${number}</td><td><code>${text}</code></td>
<td>${verdicts.map(verdictCell)}</td>`,
  );

const verdictCell = ({ verdict, kind, text, evidence }: LineVerdict): Html =>
  markup`<div title="${kind}">${mark(verdict)} ${text}${evidence.map((each) => markup` <small><a href="#${each.eventId}">${each.summary}</a></small>`)}</div>`;

const audit = ({ entries }: AuditTrail, firstBroken: BrokenLink | null, id: string): Part =>
  part(
    'section',
    'audit',
    markup`<h2>Audit trail</h2>
<p>Also as <a href="${linkTo.auditTrail(id)}">JSON</a>; CSV and NDJSON by <code>Accept</code>. ${part('span', 'intact', mark(firstBroken === null ? 'audit intact' : 'audit not intact'))}</p>
<table><thead><tr><th>Version</th><th>Time</th><th>Who</th><th>What</th></tr></thead>
${list(
  'tbody',
  'events',
  entries.map((entry) => auditRow(entry, id)),
)}</table>`,
  );

const auditRow = ({ eventId, version, time, by, type, summary }: AuditEntry, id: string): Part =>
  part(
    'tr',
    eventId,
    markup`<td><a href="${linkTo.deployment(id, version)}">${version}</a></td><td>${timestamp(time)}</td>
<td>${by}</td><td>${summary} <small>${type}</small></td>`,
  );
