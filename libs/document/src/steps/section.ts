import { z } from 'zod';
import { sectionSchema, type Section } from '../plan/values.ts';
import { stepKind, type StepKind } from './kind.ts';
import type { Meant } from './phrase.ts';

const schema = z.object({ kind: z.literal('section'), section: sectionSchema });

export type SectionAction = z.infer<typeof schema>;

type Described = Parameters<StepKind<SectionAction>['describe']>[1];

const sections: Readonly<
  Record<
    Section,
    {
      phase: 'execution' | 'verification' | 'monitoring';
      inRollback: boolean;
      describe: (plan: Described) => string;
    }
  >
> = {
  'smoke-tests': { phase: 'verification', inRollback: true, describe: describeFlows },
  'critical-flows': { phase: 'verification', inRollback: true, describe: describeFlows },
  'health-checks': {
    phase: 'verification',
    inRollback: true,
    describe: ({ healthChecks }) => `${healthChecks.length} health checks`,
  },
  dashboards: {
    phase: 'monitoring',
    inRollback: false,
    describe: ({ monitoring }) => `${monitoring.dashboards.length} dashboards, ${monitoring.metrics.length} metrics`,
  },
  documentation: {
    phase: 'execution',
    inRollback: false,
    describe: ({ documentation }) =>
      `${documentation.length} ${documentation.length === 1 ? 'line' : 'lines'} of documentation`,
  },
};

/** Works through a section of the document. */
export const section = stepKind<
  SectionAction,
  'smoke-tests' | 'dashboards' | 'critical-flows' | 'documentation' | 'health'
>({
  schema,
  fields: { section: 'effect-handler' },
  phrases: {
    'smoke-tests': {
      text: 'Run smoke tests',
      pattern: /^run smoke tests?$/,
      in: ['procedure', 'rollback'],
      mean: () => meant('smoke-tests'),
    },
    dashboards: {
      text: 'Verify monitoring dashboards',
      pattern: /^verify monitoring dashboards?$/,
      in: ['procedure'],
      mean(step, sources) {
        if (!sources.profile?.dashboards.length)
          sources.profileEntry(step.source.line, { key: 'dashboards', value: '[http://…]' });
        return meant('dashboards');
      },
    },
    'critical-flows': {
      text: 'Verify critical user flows',
      pattern: /^verify critical user flows?$/,
      in: ['procedure', 'rollback'],
      mean: () => meant('critical-flows'),
    },
    documentation: {
      text: 'Update deployment documentation',
      pattern: /^update deployment documentation$/,
      in: ['procedure'],
      mean: () => meant('documentation'),
    },
    health: {
      text: 'Verify system health',
      pattern: /^verify system health$/,
      in: ['rollback'],
      mean: () => meant('health-checks'),
    },
  },
  isPerformedIn: (place, action) =>
    place === 'procedure' || action === undefined || sections[action.section].inRollback,
  mutates: false,
  serving: () => 'untouched',
  phase: (action) => sections[action.section].phase,
  endsRollback: false,
  section: (action) => action.section,
  isStatedBy: () => true,
  describe: (action, plan) => sections[action.section].describe(plan),
});

function meant(name: Section): Meant<SectionAction> {
  return { action: { kind: 'section', section: name }, origin: 'document' };
}

function describeFlows({ smokeTests }: Described): string {
  return smokeTests.map(({ title }) => title).join(', ') || 'no critical flows';
}
