import { changeUnder, isEnded, type DeploymentState } from '../state.ts';
import type { VerificationEvent } from './events.ts';

export function evolveVerification(state: DeploymentState, event: VerificationEvent): DeploymentState {
  if (state.status === 'none' || isEnded(state)) return state;
  switch (event.type) {
    case 'SmokeTestPassed':
    case 'HealthCheckPassed':
      if (event.data.purpose !== 'verification') return state;
      return changeUnder(state, (active) => {
        if (active.status === 'planning') return active;
        const { smokeTests, healthChecks } = active.checksPassed;
        const smoke = event.type === 'SmokeTestPassed';
        return { ...active, checksPassed: { smokeTests: smokeTests + (smoke ? 1 : 0), healthChecks: healthChecks + (smoke ? 0 : 1) } };
      });
    case 'VerificationPassed':
      return changeUnder(state, (active) =>
        active.status === 'verifying' ? { ...active, status: 'monitoring', from: event.data.at, watch: null } : active,
      );
    case 'ChecksStarted':
    case 'SmokeTestFailed':
    case 'HealthCheckFailed':
    case 'VerificationFailed':
      return state;
  }
}
