import { nearest } from '../problems/nearest.ts';

/** The sections of the template and the headings and bold labels that open them. */
export const sectionAliases = {
  scope: ['Deployment Scope'],
  application: ['Application/Service'],
  target: ['Target Environment'],
  procedure: ['Deployment Procedure'],
  pre: ['Pre-Deployment Steps', 'Pre-Deployment'],
  deploy: ['Deployment Steps'],
  post: ['Post-Deployment Steps', 'Post-Deployment'],
  configuration: ['Environment Configuration'],
  variables: ['Required Environment Variables', 'Environment Variables'],
  secrets: ['Required Secrets'],
  infrastructure: ['Infrastructure Dependencies'],
  rollback: ['Rollback Procedure', 'Rollback'],
  triggers: ['Rollback Triggers'],
  'rollback-steps': ['Rollback Steps'],
  'rollback-time': ['Estimated Rollback Time'],
  smoke: ['Smoke Tests'],
  flows: ['Critical User Flows'],
  health: ['Health Checks'],
  monitoring: ['Monitoring & Alerting', 'Monitoring and Alerting', 'Monitoring'],
  metrics: ['Metrics to Monitor'],
  thresholds: ['Alert Thresholds'],
  documentation: ['Documentation'],
  updates: ['Update Required'],
  dependencies: ['Dependencies'],
  'blocked-by': ['Blocked By'],
  blocks: ['Blocks'],
  criteria: ['Acceptance Criteria'],
} as const satisfies Record<string, readonly string[]>;

export type SectionKey = keyof typeof sectionAliases;

/** A section is present when one of its parts is. */
export const sectionParts: Partial<Record<SectionKey, readonly SectionKey[]>> = {
  scope: ['application', 'target'],
  configuration: ['variables', 'secrets', 'infrastructure'],
  rollback: ['triggers', 'rollback-steps', 'rollback-time'],
  smoke: ['flows', 'health'],
  monitoring: ['metrics', 'thresholds'],
  documentation: ['updates'],
  dependencies: ['blocked-by', 'blocks'],
};

const keysByAlias = new Map<string, SectionKey>(
  Object.entries(sectionAliases).flatMap(([key, aliases]) =>
    aliases.map((alias) => [plainHeading(alias), key as SectionKey]),
  ),
);

/** A heading without regard to case, white space, emphasis and a final colon. */
function plainHeading(heading: string): string {
  return heading
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\s*:$/, '')
    .toLowerCase();
}

export function sectionOf(heading: string): SectionKey | undefined {
  return keysByAlias.get(plainHeading(heading));
}

/** The section whose heading this one nearly is. */
export function nearSection(heading: string): string | undefined {
  const near = nearest(plainHeading(heading), keysByAlias.keys());
  return near === undefined
    ? undefined
    : Object.values(sectionAliases)
        .flat()
        .find((alias) => plainHeading(alias) === near);
}

/** The section's name as the template writes it. */
export function sectionName(key: SectionKey): string {
  return sectionAliases[key][0];
}
