import { z } from 'zod';
import { deployPartSchema, type DeployPart } from '../plan/values.ts';
import { deployers, laterDeployers } from '../values/deployers.ts';
import { inProcedure, stepKind } from './kind.ts';
import type { Phrase } from './phrase.ts';
import { isRestart, type Revert } from './revert.ts';
import { ownStep, undoKind } from './undo.ts';

const schema = z.object({
  kind: z.literal('deploy'),
  deployer: z.string(),
  parts: z.array(deployPartSchema).min(1),
});

export type Deploy = z.infer<typeof schema>;

const undoSchema = z.object({ kind: z.literal('deployer'), parts: schema.shape.parts });

type DeployerUndo = z.infer<typeof undoSchema>;

function takenBack(parts: DeployPart[]): DeployerUndo {
  return { kind: 'deployer', parts };
}

function deployPart(part: DeployPart): Phrase<Deploy>['mean'] {
  return (step, sources) => {
    const deployer = sources.profile?.deployer;
    if (deployer === undefined) sources.profileEntry(step.source.line, { key: 'deployer', value: 'release' });
    const action: Deploy = { kind: 'deploy', deployer: deployer ?? 'release', parts: [part] };
    return { action, origin: 'profile', undo: takenBack([part]) };
  };
}

/** Puts the new version in place with a deployer. */
export const deploy = stepKind<Deploy, 'deploy' | 'configure' | 'restart'>({
  schema,
  fields: { deployer: 'language', parts: 'effect-handler' },
  label: {
    name: 'Deploy',
    read({ span }, _head, reading) {
      const later = laterDeployers.find((each) => each === reading.bare(span).text.toLowerCase());
      if (later) {
        const message = `the deployer ${later} is not supported in this version; release is`;
        return reading.report.error(span, 'unsupported', message, 'Deploy: release');
      }
      const deployer = reading.oneOf(span, deployers);
      return deployer && { kind: 'deploy', deployer, parts: ['place', 'configure', 'activate'] };
    },
  },
  phrases: {
    deploy: {
      text: 'Deploy to',
      pattern: /^deploy to (\S+|target environment)$/,
      in: ['procedure'],
      namesEnvironment: true,
      mean: deployPart('place'),
    },
    configure: {
      text: 'Update configuration',
      pattern: /^update configuration$/,
      in: ['procedure'],
      mean: deployPart('configure'),
    },
    restart: {
      text: 'Restart services',
      pattern: /^restart services?$/,
      in: ['procedure'],
      mean: deployPart('activate'),
    },
  },
  isPerformedIn: inProcedure,
  reachesDatabases: true,
  // Files beside the running version change nothing of it.
  serving: ({ parts }) =>
    parts.includes('activate') ? 'new-version' : parts.includes('configure') ? 'may-change' : 'untouched',
  undo: ({ parts }) => takenBack(parts),
  deployer: ({ deployer }) => deployer,
  brings: ['replies'],
  check({ deployer }) {
    if (deployers.some((each) => each === deployer)) return [];
    const message = `the deployer ${deployer} is not supported in this version; release is`;
    return [{ field: 'deployer', message }];
  },
  print: ({ deployer }) => [`- Deploy: ${deployer}`],
  describe: ({ deployer, parts }) => `deployer ${deployer}: ${parts.join(', ')}`,
});

/** The deployer's own inverse of the named parts: one switch back, with a restart unless the document has its own. */
export const deployerUndo = undoKind<DeployerUndo>({
  schema: undoSchema,
  takesBackBegun: true,
  isOnce: true,
  steps(_undo, step, { plan }) {
    const back = (part: Revert['part'], title: string) => ownStep<Revert>(step, { kind: 'revert', part }, title);
    const restarts = plan.rollback.steps.some(({ action }) => isRestart(action));
    return [
      back('previous-version', 'Revert to previous version'),
      ...(restarts ? [] : [back('restart', 'Restart services')]),
    ];
  },
  describe: ({ parts }) => `the deployer takes back: ${parts.join(', ')}`,
});
