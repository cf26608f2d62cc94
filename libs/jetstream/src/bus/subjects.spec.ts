import { describe, expect, it } from 'vitest';
import { cloudEventType, eventSubject, wakeSubject } from './subjects.ts';

describe('subjects', () => {
  it('carry the type in kebab case and the deployment', () => {
    expect(eventSubject('StepFailed', 'deployment-7d0c')).toBe('backstay.events.step-failed.7d0c');
    expect(cloudEventType('DeploymentRolledBack')).toBe('dev.backstay.deployment-rolled-back.v1');
  });

  it('carry service and environment as two tokens, whatever the service is called', () => {
    expect(eventSubject('EnvironmentClaimed', 'environment-notes-api.production')).toBe(
      'backstay.events.environment-claimed.notes-api.production',
    );
    expect(eventSubject('EnvironmentClaimed', 'environment-shop.v2 *>.production')).toBe(
      'backstay.events.environment-claimed.shop%2Ev2%20%2A%3E.production',
    );
  });

  it('of wake-ups carry phase and stream', () => {
    expect(wakeSubject('planning', 'deployment-7d0c')).toBe('backstay.wake.planning.deployment-7d0c');
    expect(wakeSubject('planning', 'environment-notes-api.production')).toBe(
      'backstay.wake.planning.environment-notes-api.production',
    );
  });
});
