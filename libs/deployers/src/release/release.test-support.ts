import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Account } from '@backstay/hosts';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceState, stopService } from './activate.ts';

const server = `
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const version = readFileSync(new URL('VERSION', import.meta.url), 'utf8');
if (process.env.CRASH === 'yes') { console.log('going down'); process.exit(3); }
const problemOf = (path) => { try { appendFileSync(path, 'written\\n'); return null; } catch (error) { return error.code; } };
const self = () => ({
  uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), umask: process.umask(), env: process.env,
  capabilities: /^CapEff:\\s*(\\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1],
});
createServer((request, response) => {
  if (request.url === '/self') return response.end(JSON.stringify(self()));
  if (request.url.startsWith('/write/')) return response.end(JSON.stringify(problemOf(decodeURIComponent(request.url.slice(7)))));
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

export const nobody: Account = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent', shell: '/bin/sh' };

/** What the process of a release says of itself. */
export interface Self {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly umask: number;
  readonly env: Readonly<Record<string, string>>;
  readonly capabilities: string;
}

/** A root, built trees of a tiny HTTP service, and what is needed to deploy it. */
export async function location() {
  const folder = mkdtempSync(join(tmpdir(), 'backstay-release-'));
  chmodSync(folder, 0o711);
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
    self: async () => (await fetch(`${url}/self`)).json() as Promise<Self>,
    /** Why the process cannot write there; null: it can. */
    write: async (path: string) =>
      (await fetch(`${url}/write/${encodeURIComponent(path)}`)).json() as Promise<string | null>,
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

/** Two releases, and what each is of. */
export const [one, two] = ['1.0.0-aaaaaaaaaaaa', '2.0.0-bbbbbbbbbbbb'] as const;
export const versions: Readonly<Record<string, { readonly version: string; readonly commit: string }>> = {
  [one]: { version: '1.0.0', commit: commitOf('aaaaaaaaaaaa') },
  [two]: { version: '2.0.0', commit: commitOf('bbbbbbbbbbbb') },
};
