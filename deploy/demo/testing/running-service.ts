import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface LogLine {
  level: string;
  message: string;
  port?: number;
}

/** Starts `server.mjs` of a laid-out release on a free port, and resolves when it listens. */
export async function startService(directory: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...environment, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const lines: LogLine[] = [];
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as LogLine;
      lines.push(entry);
      if (entry.port !== undefined) resolve(entry.port);
    });
    void exited.then(() => reject(new Error(`the service ended before it listened: ${complaints.join('')}`)));
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    baseUrl,
    lines,
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${baseUrl}${path}`, { headers }),
    logIn: (user: string, password: string) =>
      fetch(`${baseUrl}/api/auth/login`, { method: 'POST', body: JSON.stringify({ user, password }) }),
    /** @returns the exit code */
    stop: async () => {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

export type RunningService = Awaited<ReturnType<typeof startService>>;
