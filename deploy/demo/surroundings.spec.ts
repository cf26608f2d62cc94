import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSurroundings, type Surroundings } from './surroundings.mjs';

describe('the surroundings', () => {
  const heard: unknown[] = [];
  let surroundings: Surroundings;
  beforeAll(async () => {
    surroundings = await startSurroundings({ onNotice: (notice) => heard.push(notice) });
  });
  afterAll(() => surroundings.close());

  it.each(['/load-balancer', '/cdn', '/monitoring', '/external-api', '/dashboards/notes-api'])(
    'answer at %s',
    async (path) => {
      expect((await fetch(surroundings.url + path)).status).toBe(200);
    },
  );

  it('keep every notice, and tell of it at once', async () => {
    const response = await fetch(`${surroundings.url}/hooks/team`, {
      method: 'POST',
      body: '{"text":"window at nine"}',
    });
    expect(response.status).toBe(204);
    expect(surroundings.notices).toEqual([{ channel: 'team', body: '{"text":"window at nine"}' }]);
    expect(heard).toEqual(surroundings.notices);
  });

  it.each([
    ['GET', '/elsewhere', 404],
    ['POST', '/hooks/nobody', 405],
    ['DELETE', '/cdn', 405],
  ])('refuse %s %s', async (method, path, status) => {
    expect((await fetch(surroundings.url + path, { method })).status).toBe(status);
  });
});
