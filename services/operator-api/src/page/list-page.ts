import type { KnownSince } from '../deployments/taken-back.ts';
import { eventsBehind, markup, page, type Html } from './html.ts';
import { mark, timestamp, versions } from './marks.ts';

const refreshSeconds = 10;

/**
 * @param next where the next page is; undefined on the last one
 * @param shown cursor of the last event that the list shows
 */
export function listPage(deployments: readonly KnownSince[], next: string | undefined, shown: string | null): string {
  const body = markup`<h1>Deployments</h1>
${deployments.length === 0 ? nothing : table(deployments)}
${next !== undefined && markup`<p><a href="${next}" rel="next">Older deployments</a></p>`}`;
  return page('Deployments', body, { events: eventsBehind(shown), shown, refreshSeconds });
}

const nothing = markup`<p>No deployment is recorded here. Ask for one:</p><pre>backstay deploy deploy.md --watch</pre>`;

const table = (deployments: readonly KnownSince[]): Html => markup`<table>
<thead><tr><th>Status</th><th>Service</th><th>Version</th><th>Environment</th><th>Steps</th><th>Requested</th><th>Summary</th></tr></thead>
<tbody>${deployments.map(row)}</tbody>
</table>`;

const row = (each: KnownSince): Html => markup`<tr>
<td>${mark(each.status)}</td>
<td><a href="/d/${each.id}">${each.service ?? unnamed(each)}</a>${each.kind !== 'deployment' && markup` <em>${each.kind}</em>`}</td>
<td>${versions(each)}</td>
<td>${each.environment ?? '?'}</td>
<td>${each.steps.done}/${each.steps.total}</td>
<td>${timestamp(each.requestedAt)} by ${each.requestedBy}</td>
<td>${each.sentence}${each.rolledBackBy !== undefined && markup` <a href="/d/${each.rolledBackBy}">the rollback</a>`}</td>
</tr>`;

const unnamed = ({ id, problemCount }: KnownSince): string =>
  problemCount === undefined ? id : `a request with ${problemCount} problem${problemCount === 1 ? '' : 's'}`;
