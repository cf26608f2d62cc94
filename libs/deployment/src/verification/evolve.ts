import { isWatched } from '../plan.ts';
import { changeRun, changeUnder, isEnded, type DeploymentState } from '../state.ts';
import type { VerificationEvent } from './events.ts';

export function evolveVerification(state: DeploymentState, event: VerificationEvent): DeploymentState {
  if (state.status === 'none' || isEnded(state)) return state;
  switch (event.type) {
    case 'SmokeTestPassed':
    case 'HealthCheckPassed':
      if (event.data.purpose !== 'verification') return state;
      return changeRun(state, (run) => {
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
              watchComplete: !isWatched(active.drafted.plan),
            }
          : active,
      );
    case 'ChecksStarted':
      return changeRun(state, (run) => ({
        ...run,
        checking: { purpose: event.data.purpose, token: event.data.token },
      }));
    case 'VerificationFailed':
      return changeRun(state, (run) => ({ ...run, checking: null }));
    case 'SmokeTestFailed':
    case 'HealthCheckFailed':
      return state;
  }
}
