import type {
  Action,
  Command,
  CriterionRule,
  DocumentationLine,
  Duty,
  Evidence,
  Plan,
  Relation,
  Undo,
} from '@backstay/document';
import { duration } from '../output/format.ts';

type Describe = { readonly [Kind in Action['kind']]: (action: Extract<Action, { kind: Kind }>, plan: Plan) => string };

const actions: Describe = {
  run: ({ commands, shell }) => commandsText(commands) + (shell ? ' (in a shell)' : ''),
  checkout: ({ repository, ref, into }) => `check out ${ref} of ${repository} into ${into}`,
  backup: ({ urls }) => `back up PostgreSQL ${urls.join(', ')}`,
  restore: ({ step, dataLossMs }) =>
    `restore the backup of ${step}, ${dataLossMs === null ? 'without consent to lose writes' : `losing writes of up to ${duration(dataLossMs)}`}`,
  request: ({ request }) => `${request.method} ${request.path}`,
  evidence: ({ evidence }) => `read ${evidenceText(evidence)}`,
  deploy: ({ deployer, parts }) => `deployer ${deployer}: ${parts.join(', ')}`,
  traffic: ({ share, target, socket, backend }) =>
    `${Number((share * 100).toFixed(2))} % of the traffic of backend ${backend} to ${target}, by HAProxy at ${socket}`,
  weights: ({ backend, weights }) => `put back the weights of backend ${backend}: ${weightsText(weights)}`,
  notify: ({ channel }, { channels }) => `tell ${channel} (${channels[channel] ?? 'no destination'})`,
  wait: ({ ms }) => `wait ${duration(ms)}`,
  manual: ({ duty }) => `wait for ${duty.duty} (${duty.verb})`,
  section: ({ section }, plan) => sectionText(section, plan),
  revert: ({ part, version }) => `${reverts[part]}${version === undefined ? '' : ` (${version})`}`,
  'not-applicable': ({ why }) => `nothing: ${why}`,
};

const reverts = {
  'stop-new': 'the new release takes nothing in',
  'previous-version': 'undo of every completed step, the last first',
  restart: 'switch back, restart, wait until it is ready',
} as const;

/** What a step does, in a few words. */
export function actionText(action: Action, plan: Plan): string {
  return (actions[action.kind] as (action: Action, plan: Plan) => string)(action, plan);
}

export function undoText(undo: Undo | undefined): string {
  if (undo?.kind === 'run') return commandsText(undo.commands);
  if (undo?.kind === 'weights') return 'the weights that were before are put back';
  return undo?.kind === 'deployer' ? `the deployer takes back: ${undo.parts.join(', ')}` : 'none';
}

function weightsText(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([server, weight]) => `${server} ${weight}`)
    .join(', ');
}

function commandsText(commands: readonly Command[]): string {
  return commands.map(({ text }) => `\`${text}\``).join(', then ');
}

function evidenceText(evidence: Evidence): string {
  if (evidence.reader === 'log') return logText(evidence);
  const { reader, ...rest } = evidence;
  const words = Object.values(rest).flat();
  return [reader, ...words.filter((word) => typeof word === 'string' || typeof word === 'number')].join(' ');
}

function logText({ files, command, loki, patterns }: Extract<Evidence, { reader: 'log' }>): string {
  const places = [
    ...files,
    ...(command ? [`what \`${command.text}\` prints`] : []),
    ...(loki ? [`Loki ${loki.query} at ${loki.url}`] : []),
  ];
  return `log ${places.join(', ')}: no ${patterns.join(', ')}`;
}

function sectionText(section: string, { smokeTests, healthChecks, monitoring, documentation }: Plan): string {
  switch (section) {
    case 'health-checks':
      return `${healthChecks.length} health checks`;
    case 'dashboards':
      return `${monitoring.dashboards.length} dashboards, ${monitoring.metrics.length} metrics`;
    case 'documentation':
      return `${documentation.length} ${documentation.length === 1 ? 'line' : 'lines'} of documentation`;
    default:
      return smokeTests.map(({ title }) => title).join(', ') || 'no critical flows';
  }
}

export const relationText = (rule: Relation['rule']): string =>
  rule.kind === 'manual' ? dutyText(rule.duty) : `until ${rule.service} ${rule.range} runs in ${rule.environment}`;

export const proofText = (proof: DocumentationLine['proof']): string =>
  proof.kind === 'manual' ? dutyText(proof.duty) : evidenceText(proof.evidence);

/** How a criterion is judged: by a rule of its own, from evidence, against a limit or by a person's word. */
export function ruleText(rule: CriterionRule): string {
  if (rule.kind === 'manual') return dutyText(rule.duty);
  return rule.kind === 'evidence' ? evidenceText(rule.evidence) : rule.kind.replaceAll('-', ' ');
}

const dutyText = ({ verb, duty }: Duty): string => `${verb.replace('-', ' ')} by ${duty}`;
