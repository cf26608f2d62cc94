import type { Colors } from '../context.ts';
import { duration, quantity, table } from '../output/format.ts';

/** The fields of a plan that are shown; a plan has more. */
export interface PlanToShow {
  readonly service: string;
  readonly version: string;
  readonly environment: string;
  readonly commit?: string | null;
  readonly steps: readonly StepToShow[];
  readonly smokeTests: readonly {
    readonly title: string;
    readonly request: { readonly method: string; readonly path: string };
  }[];
  readonly monitoring: {
    readonly watchMs: number;
    readonly everyMs: number;
    readonly thresholds: readonly ThresholdToShow[];
  };
  readonly rollback: { readonly triggers: readonly { readonly text: string }[]; readonly steps: readonly StepToShow[] };
  readonly acceptanceCriteria: readonly unknown[];
}

interface StepToShow {
  readonly id: string;
  readonly title: string;
  readonly action: { readonly kind: string };
  readonly undo?: { readonly kind: string };
  readonly onFailure: string;
  readonly mutates?: boolean;
}

interface ThresholdToShow {
  readonly metric: string;
  readonly quantile?: number;
  readonly operator: string;
  readonly value: number;
  readonly unit: string;
  readonly forMs: number;
  readonly action: string;
}

export interface BlockerToShow {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
}

/** A plan for people: `~` changes something, `·` only looks. */
export function planLines(colors: Colors, digest: string, plan: PlanToShow): string[] {
  const { service, version, environment, commit, monitoring, rollback } = plan;
  const steps = plan.steps.map((step) => stepRow(colors, step));
  const changing = plan.steps.filter(({ mutates }) => mutates).length;
  return [
    colors.bold([`${service} ${version}`, environment, commit ?? ''].filter(Boolean).join('  ')),
    colors.dim(digest),
    '',
    ...table(steps),
    '',
    ...plan.smokeTests.map(({ title, request }) => `smoke test: ${title}  ${request.method} ${request.path}`),
    `watch for ${duration(monitoring.watchMs)}, every ${duration(monitoring.everyMs)}`,
    ...table(monitoring.thresholds.map(thresholdRow)).map((row) => `  ${row}`),
    `roll back when: ${rollback.triggers.map(({ text }) => text).join('; ') || 'asked for'}`,
    ...table(rollback.steps.map((step) => stepRow(colors, step))).map((row) => `  ${row}`),
    '',
    `${plan.steps.length} steps, ${changing} of them change something; ${plan.acceptanceCriteria.length} acceptance criteria`,
  ];
}

function stepRow(colors: Colors, { id, title, action, undo, onFailure, mutates }: StepToShow): string[] {
  const inverse = undo && undo.kind !== 'none' ? 'can be undone' : '';
  const sign = mutates ? colors.yellow('~') : colors.dim('·');
  return [`${sign} ${id}`, title, colors.dim(action.kind), colors.dim(`on failure: ${onFailure}`), colors.dim(inverse)];
}

function thresholdRow({ metric, quantile, operator, value, unit, forMs, action }: ThresholdToShow): string[] {
  const name = metric.replaceAll('-', ' ') + (quantile ? ` p${Number((quantile * 100).toFixed(3))}` : '');
  return [name, `${operator} ${quantity(value, unit)}`, `for ${duration(forMs)}`, action];
}

export const blockerLines = (colors: Colors, blockers: readonly BlockerToShow[]): string[] =>
  blockers.map(({ code, message, line }) => {
    const place = line === undefined ? '' : colors.dim(` (line ${line})`);
    return `${colors.red('blocked')}${colors.dim(`[${code}]`)}: ${message}${place}`;
  });
