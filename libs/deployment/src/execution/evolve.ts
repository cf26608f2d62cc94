import { runningVersionItem, watchItem } from '../steps.ts';
import { changeRun, changeUnder, isEnded, type DeploymentState } from '../state.ts';
import type { StepRecord } from '../values.ts';
import type { ExecutionEvent } from './events.ts';

export function evolveExecution(state: DeploymentState, event: ExecutionEvent): DeploymentState {
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'RollbackPointCaptured':
      return changeRun(state, (run) => ({ ...run, rollbackPoint: event.data }));
    case 'StepStarted': {
      const { step, attempt, token, host, mutates, at } = event.data;
      return record(state, step, (earlier, order) => ({
        step,
        status: 'running',
        attempt,
        token,
        host,
        mutates: mutates || (earlier?.mutates ?? false),
        order,
        startedAt: at,
        retryAt: null,
        result: {},
      }));
    }
    case 'StepResumed': {
      const { step, token, host } = event.data;
      return record(state, step, (earlier) => earlier && { ...earlier, token, host, resumed: true });
    }
    case 'StepSucceeded':
      return finish(state, event.data, 'succeeded');
    case 'StepFailed':
      return finish(state, event.data, event.data.willRetryAt === null ? 'failed' : 'retrying', event.data.willRetryAt);
    case 'StepInterrupted':
      return finish(state, event.data, 'interrupted');
    case 'StepUnknown':
      return finish(state, event.data, 'unknown');
    case 'StepSkipped': {
      const { step, at } = event.data;
      const skipped = {
        step,
        status: 'skipped' as const,
        attempt: 0,
        token: 0,
        host: '',
        mutates: false,
        startedAt: at,
        retryAt: null,
        result: {},
      };
      return record(state, step, (_earlier, order) => ({ ...skipped, order }));
    }
    case 'StepResolved': {
      const { step, outcome, at } = event.data;
      if (step === watchItem)
        return changeRun(state, (run) =>
          run.status === 'monitoring' ? { ...run, watch: null, watchComplete: outcome === 'completed' } : run,
        );
      if (step === runningVersionItem)
        return outcome === 'retry'
          ? changeRun(state, (run) => ({ ...run, degradedBefore: [], lookedAgainAt: at }))
          : state;
      if (outcome === 'retry')
        return record(state, step, (earlier) => earlier && { ...earlier, status: 'retrying', retryAt: at });
      return record(
        state,
        step,
        (earlier) => earlier && { ...earlier, status: outcome === 'completed' ? 'succeeded' : 'failed' },
      );
    }
    case 'ExecutionCompleted':
      return isEnded(state)
        ? state
        : changeUnder(state, (active) => (active.status === 'executing' ? { ...active, status: 'verifying' } : active));
    case 'EvidenceRead': {
      const { line } = event.data;
      if (isEnded(state)) return { ...state, evidenceRead: [...state.evidenceRead, line] };
      return changeRun(state, (run) => ({ ...run, evidenceRead: [...run.evidenceRead, line] }));
    }
    case 'ExecutionFailed':
    case 'StepConfirmed':
      return state;
  }
}

type Evolvable = Exclude<DeploymentState, { status: 'none' }>;
/** Changes one step's record, also after the end: a step that was interrupted by the end still says how it ended. */
function record(
  state: Evolvable,
  step: string,
  change: (earlier: StepRecord | undefined, order: number) => StepRecord | undefined,
): DeploymentState {
  const changed = (steps: Readonly<Record<string, StepRecord>>) => {
    const earlier = steps[step];
    const order = earlier?.order ?? Math.max(0, ...Object.values(steps).map((each) => each.order)) + 1;
    const next = change(earlier, order);
    return next === undefined ? steps : { ...steps, [step]: next };
  };
  if (isEnded(state)) return { ...state, steps: changed(state.steps) };
  return changeRun(state, (run) => ({ ...run, steps: changed(run.steps) }));
}

function finish(
  state: Evolvable,
  end: { readonly step: string; readonly result?: Readonly<Record<string, unknown>> },
  status: StepRecord['status'],
  retryAt: string | null = null,
): DeploymentState {
  return record(state, end.step, (earlier) => earlier && { ...earlier, status, retryAt, result: end.result ?? {} });
}
