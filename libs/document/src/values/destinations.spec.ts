import { describe, expect, it } from 'vitest';
import { destinationForms, readDestination } from './destinations.ts';
import { parseProfiles } from '../context/profiles.ts';

const pagerDuty = 'https://events.pagerduty.com';

describe('destinations of notices', () => {
  it.each([
    ['log', { kind: 'log' }],
    ['webhook https://a.example.com/x?y=1', { kind: 'webhook', url: 'https://a.example.com/x?y=1' }],
    ['webhook <secret: TEAM_HOOK>', { kind: 'webhook', secret: 'TEAM_HOOK' }],
    ['slack <secret:SLACK_HOOK>', { kind: 'slack', secret: 'SLACK_HOOK' }],
    ['pagerduty <secret: PD_KEY>', { kind: 'pagerduty', secret: 'PD_KEY', url: pagerDuty }],
    [
      'pagerduty <secret: PD_KEY> at https://events.eu.pagerduty.com/',
      { kind: 'pagerduty', secret: 'PD_KEY', url: 'https://events.eu.pagerduty.com' },
    ],
  ])('are read: %s', (text, destination) => expect(readDestination(text)).toEqual(destination));

  it.each([
    '',
    'log somewhere',
    'webhook',
    'webhook ftp://a.example.com',
    'webhook <secret: A> at https://a.example.com',
    'slack https://hooks.slack.com/services/T/B/X',
    'slack',
    'pagerduty R0UT1NGKEY',
    'pagerduty <secret: PD_KEY> at events',
    'pagerduty <secret: PD_KEY> https://a.example.com',
    'email team@example.com',
  ])('are none of another form: %j', (text) => expect(readDestination(text)).toBeUndefined());

  it('are accepted in a profile in every form that is delivered to', () => {
    const written = destinationForms.map((form) => form.replace('URL', 'https://a.example.com'));
    const notify = JSON.stringify(Object.fromEntries(written.map((text, index) => [`c${index}`, text])));
    expect(parseProfiles(`environments: { production: { services: { a: { notify: ${notify} } } } }`).ok).toBe(true);
    expect(written.map(readDestination)).not.toContain(undefined);
  });
});
