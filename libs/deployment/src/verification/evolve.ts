import { isWatched } from '../monitoring/outcome.ts';
import { changeUnder, isEnded, type Active, type DeploymentState, type Held, type Running } from '../state.ts';
import type { VerificationEvent } from './events.ts';

export function evolveVerification(state: DeploymentState, event: VerificationEvent): DeploymentState {
  if (state.status === 'none' || isEnded(state)) return state;
  switch (event.type) {
    case 'SmokeTestPassed':
    case 'HealthCheckPassed':
      if (event.data.purpose !== 'verification') return state;
      return onRun(state, (run) => {
        const { smokeTests, healthChecks } = run.checksPassed;
        const smoke = event.type === 'SmokeTestPassed';
        return {
          ...run,
          checksPassed: { smokeTests: smokeTests + (smoke ? 1 : 0), healthChecks: healthChecks + (smoke ? 0 : 1) },
        };
      });
    case 'VerificationPassed':
      return changeUnder(state, (active) =>
        active.status === 'verifying'
          ? {
              ...active,
              status: 'monitoring',
              from: event.data.at,
              watch: null,
              proven: !isWatched(active.drafted.plan),
            }
          : active,
      );
    case 'ChecksStarted':
      return onRun(state, (run) => ({ ...run, checking: { purpose: event.data.purpose, token: event.data.token } }));
    case 'VerificationFailed':
      return onRun(state, (run) => ({ ...run, checking: null }));
    case 'SmokeTestFailed':
    case 'HealthCheckFailed':
      return state;
  }
}

function onRun(state: Active | Held, change: (run: Running) => Running): DeploymentState {
  return changeUnder(state, (active) => (active.status === 'planning' ? active : change(active)));
}
