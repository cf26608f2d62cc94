import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceState, stopService } from './activate.ts';

const server = `
import { readFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
const version = readFileSync(new URL('VERSION', import.meta.url), 'utf8');
if (process.env.CRASH === 'yes') { console.log('going down'); process.exit(3); }
createServer((request, response) => {
  if (request.url === '/crash') process.exit(9);
  if (request.url === '/health' && process.env.UNHEALTHY === 'yes') response.writeHead(503);
  response.end(JSON.stringify({ version, greeting: process.env.GREETING ?? null, leak: process.env.BACKSTAY_LEAK ?? null }));
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('serving ' + version));
`;

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** A root, built trees of a tiny HTTP service, and what is needed to deploy it. */
export async function location() {
  const folder = mkdtempSync(join(tmpdir(), 'backstay-release-'));
  const root = join(folder, 'srv');
  mkdirSync(root);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const source = (version: string, files = 0): string => {
    const tree = join(folder, `source-${version}`);
    mkdirSync(join(tree, '.git'), { recursive: true });
    writeFileSync(join(tree, 'server.mjs'), server);
    writeFileSync(join(tree, 'VERSION'), version);
    writeFileSync(join(tree, 'deploy.sh'), '#!/bin/sh\n', { mode: 0o755 });
    for (let file = 0; file < files; file += 1) writeFileSync(join(tree, `file-${file}`), 'x'.repeat(2_000));
    return tree;
  };
  return {
    root,
    port,
    url,
    source,
    start: [process.execPath, 'server.mjs'],
    environment: (more: Record<string, string> = {}) => ({ PORT: String(port), ...more }),
    served: async () =>
      (await fetch(url)).json() as Promise<{ version: string; greeting: string | null; leak: string | null }>,
    async remove() {
      await stopService({ root, token: Number.MAX_SAFE_INTEGER });
      const { status } = await serviceState({ root });
      rmSync(folder, { recursive: true, force: true });
      if (status !== 'stopped') throw new Error(`the service is still ${status}`);
    },
  };
}

/** A commit id that is distinguished by its first characters. */
export const commitOf = (start: string): string => start.padEnd(40, '0');
