import type { FleetEntry } from '@backstay/projections';
import { list, markup, part, type Html, type Part, type View } from './html.ts';
import { linkTo } from './links.ts';
import { mark } from './marks.ts';

/** Every service in every environment, those first of which nobody knows what runs. */
export function environmentsView(entries: readonly FleetEntry[]): View {
  const ordered = [...entries].sort((a, b) => Number(b.unknown !== null) - Number(a.unknown !== null));
  const body = markup`<h1>Environments</h1>
${entries.length === 0 ? markup`<p>Nothing is known to run anywhere yet.</p>` : table(ordered)}`;
  return { title: 'Environments', body: part('div', 'page', body), goesOn: true };
}

const table = (entries: readonly FleetEntry[]): Html => markup`<table>
<thead><tr><th>What runs</th><th>Service</th><th>Environment</th><th>Running</th><th>Verified good</th><th>Held by</th><th>Summary</th></tr></thead>
${list('tbody', 'environments', entries.map(row))}
</table>`;

const statusOf = ({ unknown, unverified }: FleetEntry): string =>
  unknown !== null ? 'not known' : unverified !== null ? 'not verified' : 'as recorded';

const row = (entry: FleetEntry): Part => {
  const { service, environment, running, verifiedGood, holder, unknown, overrides, sentence } = entry;
  return part(
    'tr',
    `environment-${service}.${environment}`,
    markup`<td>${mark(statusOf(entry))}</td>
<td>${service}</td>
<td>${environment}</td>
<td>${running?.version ?? 'nothing'}</td>
<td>${verifiedGood?.version ?? 'nothing'}</td>
<td>${holder !== null && deploymentLink(holder)}</td>
<td>${sentence}${unknown !== null && markup` ${deploymentLink(unknown.deployment)}`}${overrides.map(({ code, by, reason, deployment }) => markup`<div>${mark('overridden')} ${code} by ${by}: ${reason} ${deploymentLink(deployment)}</div>`)}</td>`,
  );
};

const deploymentLink = (id: string): Html => markup`<a href="${linkTo.deployment(id)}">${id}</a>`;
