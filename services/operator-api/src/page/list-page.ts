import type { KnownSince } from '../deployments/taken-back.ts';
import { list, markup, part, type Html, type Part, type View } from './html.ts';
import { linkTo } from './links.ts';
import { mark, timestamp, versions } from './marks.ts';

/** @param next where the next page is; undefined on the last one */
export function listView(deployments: readonly KnownSince[], next: string | undefined): View {
  const body = markup`<h1>Deployments</h1>
${deployments.length === 0 ? nothing : table(deployments)}
${part('p', 'older', next === undefined ? markup`` : markup`<a href="${next}" rel="next">Older deployments</a>`)}`;
  return { title: 'Deployments', body: part('div', 'page', body), goesOn: true };
}

const nothing = markup`<p>No deployment is recorded here. Ask for one:</p><pre>backstay deploy deploy.md --watch</pre>`;

const table = (deployments: readonly KnownSince[]): Html => markup`<table>
<thead><tr><th>Status</th><th>Service</th><th>Version</th><th>Environment</th><th>Steps</th><th>Requested</th><th>Summary</th></tr></thead>
${list('tbody', 'deployments', deployments.map(row))}
</table>`;

const row = (each: KnownSince): Part =>
  part(
    'tr',
    `deployment-${each.id}`,
    markup`<td>${mark(each.status)}</td>
<td><a href="${linkTo.deployment(each.id)}">${each.service ?? unnamed(each)}</a>${each.kind !== 'deployment' && markup` <em>${each.kind}</em>`}</td>
<td>${versions(each)}</td>
<td>${each.environment ?? '?'}</td>
<td>${each.steps.done}/${each.steps.total}</td>
<td>${timestamp(each.requestedAt)} by ${each.requestedBy}</td>
<td>${each.sentence}${each.rolledBackBy !== undefined && markup` <a href="${linkTo.deployment(each.rolledBackBy)}">the rollback</a>`}</td>`,
  );

const unnamed = ({ id, problemCount }: KnownSince): string =>
  problemCount === undefined ? id : `a request with ${problemCount} problem${problemCount === 1 ? '' : 's'}`;
