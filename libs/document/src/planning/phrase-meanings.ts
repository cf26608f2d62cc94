import { backupStep, stepId } from './backups.ts';
import { given } from '../context/bindings.ts';
import type { PhraseName, StepNode } from '../reading/document.ts';
import type { Entry } from './entries.ts';
import type { Needs } from './needs.ts';
import type { DeployPart, EffectClass, Evidence, Origin, RevertPart, Section, Undo } from '../plan/values.ts';
import type { Action } from '../plan/plan.ts';

/** What a step does, once bindings and profile have said their part. */
export interface Meant {
  readonly action: Action;
  readonly origin: Origin;
  readonly undo?: Undo;
  readonly effect?: EffectClass;
  readonly mutates?: boolean;
}

export type PhraseStep = StepNode & { readonly meaning: Extract<StepNode['meaning'], { kind: 'phrase' }> };

type Reader = (step: PhraseStep, needs: Needs) => Meant;

/** What each known phrase means. */
export const phraseMeanings: Readonly<Record<PhraseName, Reader>> = {
  tests: (step, needs) => boundEvidence('tests', 'junit reports/junit.xml', step, needs),
  scans: (step, needs) => boundEvidence('scans', 'sarif reports/scan.sarif', step, needs),
  backup: (step, needs) => {
    const { dependencies } = needs.document;
    const urls = dependencies.flatMap(({ check }) => (check?.kind === 'postgresql' ? [check.url] : []));
    const other = dependencies.find(({ title, check }) => isDatabase(title) && check?.kind !== 'postgresql');
    if (other && !step.meaning.optional) {
      const message = `“${step.title}” backs up what is declared as \`PostgreSQL VERSION+\` alone, not “${other.title}”; add \`- Run:\` or \`- Backup:\` below it`;
      needs.block('unsupported-backup', message, step.source.line);
    }
    if (urls.length === 0) return notApplicable('no database is declared under Infrastructure Dependencies');
    return { action: { kind: 'backup', engine: 'postgresql', urls }, origin: 'document' };
  },
  'notify-window': () => ({ action: { kind: 'notify', channel: 'team', about: 'window' }, origin: 'profile' }),
  pull: (step, needs) => {
    const { repository = '', ref } = needs.document.scope;
    const action = { kind: 'checkout' as const, repository, ref: ref ?? step.meaning.argument ?? '', into: 'source' };
    return { action, origin: 'document' };
  },
  build: (step, needs) => {
    const commands = needs.bindings?.build;
    if (!commands) return lacking(step, needs, { key: 'build', value: 'npm ci --omit=dev' });
    return {
      action: { kind: 'run', commands: [...commands], shell: false },
      origin: 'bindings',
      effect: 'idempotent',
      mutates: false,
    };
  },
  migrate: (step, needs) => {
    const migrate = needs.bindings?.migrate;
    if (!migrate) {
      const value = '{ up: node migrate.mjs up, down: node migrate.mjs down }';
      return lacking(step, needs, { key: 'migrate', value });
    }
    const undo: Undo = migrate.down ? { kind: 'run', commands: [...migrate.down], shell: false } : { kind: 'none' };
    return { action: { kind: 'run', commands: [...migrate.up], shell: false }, origin: 'bindings', undo };
  },
  deploy: (step, needs) => deploy('place', step, needs),
  configure: (step, needs) => deploy('configure', step, needs),
  restart: (step, needs) => deploy('activate', step, needs),
  'smoke-tests': () => section('smoke-tests'),
  dashboards: (step, needs) => {
    if (!needs.profile?.dashboards.length) {
      needs.profileEntry(step.source.line, { key: 'dashboards', value: '[http://…]' });
    }
    return section('dashboards');
  },
  logs: (step, needs) => {
    const logs = logsOf(needs);
    return logs
      ? { action: { kind: 'evidence', evidence: logs }, origin: 'bindings' }
      : lacking(step, needs, { key: 'logs', value: '{ files: [logs/*.log], critical: [level=critical] }' });
  },
  'critical-flows': () => section('critical-flows'),
  documentation: () => section('documentation'),
  'stop-new': () => revert('stop-new'),
  'previous-version': ({ meaning }) => revert('previous-version', meaning.argument),
  restore: (step, needs) => restore(step, needs),
  'restart-previous': () => revert('restart'),
  health: () => section('health-checks'),
  'notify-rollback': () => ({ action: { kind: 'notify', channel: 'team', about: 'rollback' }, origin: 'profile' }),
};

function isDatabase(title: string): boolean {
  return /\bdatabase\b/i.test(title);
}

function notApplicable(why: string): Meant {
  return { action: { kind: 'not-applicable', why }, origin: 'default' };
}

/** A binding is missing: `(if applicable)` says that the step then does not apply; otherwise the plan waits for it. */
function lacking(step: PhraseStep, needs: Needs, entry: Entry): Meant {
  if (!step.meaning.optional) needs.binding(step.source.line, entry);
  return notApplicable(`.backstay.yaml has no \`${entry.key}\``);
}

function section(name: Section): Meant {
  return { action: { kind: 'section', section: name }, origin: 'document' };
}

function revert(part: RevertPart, version?: string): Meant {
  return { action: { kind: 'revert', part, ...(version !== undefined && { version }) }, origin: 'default' };
}

function boundEvidence(key: 'tests' | 'scans', example: string, step: PhraseStep, needs: Needs): Meant {
  const evidence = needs.bindings?.evidence[key];
  if (!evidence) return lacking(step, needs, { key: 'evidence', name: key, value: example });
  return { action: { kind: 'evidence', evidence }, origin: 'bindings' };
}

/** The log evidence of the bindings. */
export function logsOf({ bindings }: Needs): Evidence | undefined {
  const logs = bindings?.logs;
  if (!logs) return undefined;
  const { files, command, loki, critical, allow } = logs;
  const places = { ...given('command', command), ...given('loki', loki) };
  return { reader: 'log', files: [...files], patterns: [...critical], allow: [...allow], ...places };
}

function deploy(part: DeployPart, step: PhraseStep, needs: Needs): Meant {
  const deployer = needs.profile?.deployer;
  if (deployer === undefined) needs.profileEntry(step.source.line, { key: 'deployer', value: 'release' });
  const action: Action = { kind: 'deploy', deployer: deployer ?? 'release', parts: [part] };
  return { action, origin: 'profile', undo: { kind: 'deployer', parts: [part] } };
}

function restore(step: PhraseStep, needs: Needs): Meant {
  const { document, profile } = needs;
  const backup = backupStep(document, step.meaning.argument);
  if ('why' in backup) return notApplicable(backup.why);
  if (
    backup.meaning.kind === 'phrase' &&
    phraseMeanings.backup(backup as PhraseStep, needs).action.kind === 'not-applicable'
  ) {
    return notApplicable('no database is declared under Infrastructure Dependencies');
  }
  const dataLossMs = step.modifiers.dataLossMs ?? document.rollback.dataLossMs ?? profile?.dataLossMs ?? null;
  if (dataLossMs === null) {
    const message = `“${step.title}” loses the writes since the backup; add \`- Data loss: accepted up to 15m\` below it, or \`dataLoss: 15m\` to the profile`;
    needs.block('missing-consent', message, step.source.line);
  }
  return { action: { kind: 'restore', engine: 'postgresql', step: stepId(backup), dataLossMs }, origin: 'document' };
}
