import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExternalServices, type ExternalServices } from './external-services.mjs';

describe('the external services', () => {
  const heard: unknown[] = [];
  let externalServices: ExternalServices;
  beforeAll(async () => {
    externalServices = await startExternalServices({ onNotice: (notice) => heard.push(notice) });
  });
  afterAll(() => externalServices.close());

  it.each(['/load-balancer', '/cdn', '/monitoring', '/external-api', '/dashboards/notes-api'])(
    'respond at %s',
    async (path) => {
      expect((await fetch(externalServices.url + path)).status).toBe(200);
    },
  );

  it('keep every notice, and pass it on at once', async () => {
    const response = await fetch(`${externalServices.url}/hooks/team`, {
      method: 'POST',
      body: '{"text":"window at nine"}',
    });
    expect(response.status).toBe(204);
    expect(externalServices.notices).toEqual([{ channel: 'team', body: '{"text":"window at nine"}' }]);
    expect(heard).toEqual(externalServices.notices);
  });

  it.each([
    ['GET', '/elsewhere', 404],
    ['POST', '/hooks/nobody', 405],
    ['DELETE', '/cdn', 405],
  ])('refuse %s %s', async (method, path, status) => {
    expect((await fetch(externalServices.url + path, { method })).status).toBe(status);
  });
});
