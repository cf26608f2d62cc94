import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesInPath, routes, type Route } from '@backstay/api-contract';
import { formsOf, innerHalf, nestedForms, secretValues } from '@backstay/document/testing';
import { size } from '@backstay/event-sourcing/testing';
import pg from 'pg';
import { documentFor } from './support/document.ts';
import { services } from './support/platform.ts';
import { Scene } from './support/scene.ts';

const count = 65;
const secrets = secretValues(count);
const forms = secrets.flatMap((secret, index) => [
  ...formsOf(secret),
  ...(index < size(65, 4) ? nestedForms(secret) : []),
]);
const names = secrets.map((_, index) => `CANARY_${index}`);
const publicValues = ['orders-api-of-canaries', '2.4.0-rc.10'];

let scene: Scene;
let echo: ReturnType<typeof createServer>;
beforeAll(async () => {
  scene = await Scene.open(services, Object.fromEntries(secrets.map((secret, index) => [names[index]!, secret])));
  echo = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ secrets, text: forms.join(' ') }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => echo.once('listening', resolve));
});
afterAll(async () => {
  echo.close();
  await scene.close();
});

const textOf = (files: readonly string[]) => files.map((file) => readFileSync(file, 'utf8')).join('\n');
const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Every row of every table, as PostgreSQL writes it. */
async function rowsOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

/** What every process of this machine is called with, as often as it can be looked at until it ends; writes the file whose path is among it. */
function watchedArguments(awaited: string): { end(): string } {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It has ended since.
      }
    }
    if ([...seen].some((line) => line.includes(awaited))) writeFileSync(awaited, '');
  };
  const timer = setInterval(look, 20);
  return {
    end: () => {
      clearInterval(timer);
      return [...seen].join('\n');
    },
  };
}

/** The live stream of all events, from when its head is here up to that the environment of the deployment is free again. */
async function openStream(): Promise<() => Promise<string>> {
  const leave = new AbortController();
  const response = await fetch(`${scene.api.url}/v1/events/stream`, { signal: leave.signal });
  const text = (async () => {
    let read = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      read += chunk;
      if (read.includes('EnvironmentReleased')) break;
    }
    leave.abort();
    return read;
  })();
  return () => text;
}

/** What every route that reads says of a deployment; live pages bring what the pages show. */
async function readRoutes(deployment: string, service: string): Promise<Record<string, string>> {
  const steps = (await scene.api.get('getSteps', { params: { id: deployment } }))!.steps.map((step) => step.id);
  const reading = Object.values<Route>(routes).filter(({ method }) => method === 'GET');
  const paths = reading
    .filter(({ path }) => !/\/live$|events\/stream$/.test(path))
    .flatMap(({ path }) => {
      const known = path.replace(':id', deployment).replace(':service', service).replace(':environment', 'production');
      return namesInPath(path).includes('step') ? steps.map((step) => known.replace(':step', step)) : [known];
    });
  const bodies = paths.map(async (path): Promise<[string, string]> => {
    const response = await fetch(scene.api.url + path);
    return [path, `${response.status}\n${await response.text()}`];
  });
  return Object.fromEntries(await Promise.all(bodies));
}

// Argument lists are read from /proc.
describe.skipIf(process.platform !== 'linux')(`${count} secrets in every form that a deployment shows them in`, () => {
  it('are found in no row, message, file, log, argument list or reply; public values are', async () => {
    const subject = await scene.subject('canaries');
    const printed = join(scene.platform.directory, 'printed');
    mkdirSync(printed);
    const file = join(printed, 'forms.txt');
    writeFileSync(file, [...forms.map(([, form]) => form), ...publicValues].join('\n\n'));
    const seen = join(printed, 'seen');
    const url = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/echo`;
    const document = documentFor(subject, '1.0.0', {
      // Far enough apart that no tick is late, however busy the machine is.
      watch: 'Watch for 10s, every 2s',
      extra: [
        `Say all\n   - Run: \`cat ${file}\`\n   - Undo: none`,
        `Say one and fail\n   - Run: \`printenv CANARY_1 >&2; until [ -e ${seen} ]; do sleep 0.1; done; exit 7\`\n   - Shell: yes\n   - Undo: none\n   - Failure: continue`,
        `Hear all\n   - Request: GET ${url}\n   - Header: \`x-key: \${CANARY_0}\`\n   - Expected: 200 OK, \`$.text\` = \`x\`\n   - Undo: none\n   - Failure: continue`,
      ],
    })
      .replace('LOG_LEVEL=info', publicValues.map((value, index) => `PUBLIC_${index}=${value}`).join('\n'))
      .replace(
        '## Rollback Procedure',
        `**Required Secrets:**\n- Canaries (${names.map((name) => `\`${name}\``).join(', ')})\n\n## Rollback Procedure`,
      );
    const streamed = await openStream();
    const watched = watchedArguments(seen);
    const id = await scene.publish({ document, requestedBy: 'ci' });
    await scene.api.until(id, ['succeeded']);
    await scene.event(id, 'EnvironmentReleased');
    const argumentLists = watched.end();
    const { platform } = scene;
    const replies = await readRoutes(id, subject.name);
    const sinks = {
      PostgreSQL: await rowsOf(platform.postgres.url),
      NATS: textOf(filesBelow(join(dirname(platform.nats.log!), 'jetstream'))),
      disk: textOf(filesBelow(join(platform.directory, 'data'))),
      ...replies,
      stream: await streamed(),
      logs: textOf(services.map((name) => join(platform.directory, `${name}.log`))),
      'argument lists': argumentLists,
    };
    for (const [sink, text] of Object.entries(sinks)) {
      const shown = forms.filter(([, form]) => text.includes(innerHalf(form)));
      expect([sink, shown]).toEqual([sink, []]);
    }
    for (const sink of ['PostgreSQL', 'NATS', 'disk', 'stream', `/v1/deployments/${id}/steps/deploy.5/output`] as const)
      expect([sink, publicValues.filter((value) => !sinks[sink as keyof typeof sinks]?.includes(value))]).toEqual([
        sink,
        [],
      ]);
    const bytes = Object.values(sinks).reduce((sum, text) => sum + text.length, 0);
    console.info(
      `${count} secrets, ${forms.length} forms, ${Object.keys(sinks).length} sinks, ${bytes} bytes: 0 found`,
    );
  });
});
