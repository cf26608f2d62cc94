import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEnded } from '@backstay/deployment';
import {
  heldForPerson,
  overridden,
  planned,
  previous,
  rejected,
  requested,
  restored,
  rolledBackByErrorRate,
  success,
  watched,
} from '@backstay/projections/testing';
import { startTestApi, type TestApi } from '../api.test-support.ts';

const evil = '<img src=x onerror=alert(1)>';

describe('the pages', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
  });

  afterAll(() => api?.close());

  const textOf = async (path: string) => (await api.get(path)).text();

  it('say what to do when there is nothing to show', async () => {
    expect(await textOf('/')).toContain('backstay deploy');
  });

  it('list deployments with their state as a sentence, and load themselves again', async () => {
    await api.record(
      success({ id: 'good' }).events,
      rolledBackByErrorRate({ id: 'bad', second: 100 }).events,
      requested({ id: 'odd', second: 200, requestedBy: evil }).events,
    );
    const text = await textOf('/');
    expect(text).toContain('href="/d/bad"');
    expect(text).toContain('rolled-back-verified');
    expect(text).toContain('error rate was 9.8 % (limit 5 % for 5 s, line 142)');
    expect(text).toContain('http-equiv="refresh"');
  });

  it('show of one deployment the sentence, why, criteria, steps, document and every event', async () => {
    const text = await textOf('/d/bad');
    for (const part of [
      'rolled back because error rate was 9.8 %',
      'Acceptance criteria',
      'Steps',
      'Document',
      'Audit trail',
      'Run database migrations',
      '# Deployment: orders-api',
    ])
      expect(text).toContain(part);
    for (const { id } of rolledBackByErrorRate({ id: 'bad', second: 100 }).events) expect(text).toContain(`id="${id}"`);
  });

  it('show beside each line of the document what it rests on', async () => {
    const { events } = success({ id: 'proven', second: 500, document: '# Deployment\n- [x] Ticked manually' });
    await api.record(events);
    const text = await textOf('/d/proven');
    expect(text).toContain('- [ ] Ticked manually');
    expect(text).toContain('class="source"');
  });

  it('show what was overridden, with who and why', async () => {
    await api.record(overridden({ id: 'spite', second: 600 }).events);
    for (const path of ['/', '/d/spite']) {
      const text = await textOf(path);
      expect(text).toContain('rollback-target');
      expect(text).toContain('1.1.0 is known to work');
    }
    expect(await textOf('/d/spite')).toContain('<dt>Overridden</dt>');
  });

  it('load themselves again only while something goes on', async () => {
    await api.record(watched({ id: 'live', second: 300 }).events);
    expect(await textOf('/d/live')).toContain('http-equiv="refresh"');
    expect(await textOf('/d/live')).toContain('backstay rollback live');
    expect(await textOf('/d/bad')).not.toContain('http-equiv="refresh"');
    expect(await textOf('/d/live?asOf=3')).not.toContain('http-equiv="refresh"');
  });

  it('say how to go on where a person is waited for', async () => {
    await api.record(heldForPerson({ id: 'waits', second: 400 }).events);
    const text = await textOf('/d/waits');
    expect(text).toContain('Waits for tech-writer');
    expect(text).toContain('backstay confirm waits pre.1 --reason');
  });

  it('name with a succeeded deployment the one that took it back, and with that one where it went back to', async () => {
    const scenario = success({ id: 'kept', second: 700 });
    if (!isEnded(scenario.state) || scenario.state.rollbackPoint === null)
      throw new Error('the example ended otherwise');
    const { rollbackPoint, steps } = scenario.state;
    const inherited = { deployment: 'kept', rollbackPoint, steps };
    const running = { ...previous, version: '1.2.0', deployment: 'kept' };
    const back = restored(planned({ id: 'back', second: 800, kind: 'rollback', inherited, running, of: 'kept' }));
    await api.record(scenario.events, back.events);
    expect(await textOf('/d/kept')).toContain('Rolled back by deployment <a href="/d/back">');
    expect(await textOf('/d/back')).toContain('Takes back deployment <a href="/d/kept">');
    expect(await textOf('/d/back')).toContain('1.2.0 → 1.1.0');
    expect(await textOf('/')).toContain('<a href="/d/back">the rollback</a>');
    expect(await textOf(`/d/kept?asOf=${scenario.events.length}`)).not.toContain('Rolled back by');
    const reply = await api.get('/v1/deployments/kept');
    const known = (await reply.json()) as { rolledBackBy?: string; statusVersion: number };
    expect(known.rolledBackBy).toBe('back');
    // Its own version stands still: who had it before gets a new reply.
    const again = await api.get('/v1/deployments/kept', { 'if-none-match': `"${known.statusVersion}"` });
    expect([reply.headers.get('etag'), again.status]).toEqual([null, 200]);
  });

  it('show every problem of what was rejected', async () => {
    await api.record(rejected({ id: 'refused', second: 900 }).events);
    const text = await textOf('/d/refused');
    expect(text).toContain('<div>line 12: `[version number]` is not filled in <code>unfilled</code></div>');
    expect(text).toContain('<div>line 14: ');
    expect(await textOf('/')).toContain('a request with 2 problems');
  });

  it('show with each finding of the preflight what would let it pass', async () => {
    const full = { code: 'disk', subject: 'disk', ok: false, blocking: true, message: 'is full' };
    await api.record(planned({ id: 'found', findings: [full], second: 1_900 }).events);
    expect(await textOf('/d/found')).toContain(
      'disk: is full <code>disk</code>; `overrides: [disk]` in the profile would allow --override disk=',
    );
  });

  it('show an earlier moment, and say so', async () => {
    expect(await textOf('/d/bad?asOf=1')).toContain('As of 1');
  });

  it('take nothing for markup that came from outside', async () => {
    for (const path of ['/', '/d/odd']) expect(await textOf(path)).not.toContain(evil);
  });

  it('have no script and no style within them', async () => {
    for (const path of ['/', '/d/bad', '/environments', '/docs']) {
      const text = (await textOf(path)).replace('<script src="/page.js" defer></script>', '');
      expect(text).not.toMatch(/<script|<style| style=|javascript:| on\w+="/);
    }
    expect((await api.get('/page.css')).headers.get('content-type')).toContain('text/css');
    const { headers } = await api.get('/page.js');
    expect(headers.get('content-type')).toContain('text/javascript');
    expect(headers.get('content-security-policy')).toContain("script-src 'self';connect-src 'self'");
  });

  it('name the stream of their changes, by what they show, as long as something goes on', async () => {
    await api.record(watched({ id: 'followed', second: 1_000 }).events);
    const changesOf = async (path: string) =>
      /<main data-changes="([^"]+)"/
        .exec(await textOf(path))?.[1]
        ?.replaceAll('&amp;', '&')
        .replace(/[0-9a-f]{64}$/, '…');
    expect(await changesOf('/?service=orders-api&limit=2')).toBe('/live?service=orders-api&limit=2&shown=…');
    expect(await changesOf('/environments')).toBe('/environments/live?shown=…');
    expect(await changesOf('/d/followed')).toBe('/d/followed/live?shown=…');
    for (const path of ['/d/bad', '/d/followed?asOf=3']) {
      expect(await changesOf(path)).toBeUndefined();
      expect(await textOf(path)).not.toContain('page.js');
    }
  });

  it('never show a state by its colour alone', async () => {
    const text = await textOf('/d/bad');
    const marks = [...text.matchAll(/<span class="mark \w+"><span aria-hidden="true">(.)<\/span> ([\w -]+)<\/span>/gu)];
    expect(marks.length).toBeGreaterThan(5);
    expect(text.match(/class="mark /g)).toHaveLength(marks.length);
  });

  it('are absent for what is absent', async () => {
    expect((await api.get('/d/absent')).status).toBe(404);
  });

  it.each(['/d/absent', '/nowhere'])(
    'are pages for a browser also there, and problems for programs: %s',
    async (path) => {
      const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
      const shown = await fetch(`${api.service.url}${path}`, { headers: { accept: browser } });
      expect([shown.status, shown.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(await shown.text()).toMatch(/<h1>Not found<\/h1>\s*<p>[^<]+<\/p>[^]*<a href="\/">All deployments<\/a>/);
      for (const accept of ['*/*', 'application/json, text/html;q=0']) {
        const read = await fetch(`${api.service.url}${path}`, { headers: { accept } });
        expect([read.status, read.headers.get('content-type')]).toEqual([404, expect.stringContaining('problem+json')]);
      }
    },
  );

  it('do not replace what the API replies, whatever a browser accepts', async () => {
    const reply = await fetch(`${api.service.url}/v1/deployments/absent`, { headers: { accept: 'text/html, */*' } });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([404, expect.stringContaining('problem+json')]);
  });

  it('of health show that it lives and can serve', async () => {
    expect([(await api.get('/health/live')).status, (await api.get('/health/ready')).status]).toEqual([200, 200]);
  });
});
