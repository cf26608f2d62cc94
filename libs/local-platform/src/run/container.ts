import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Run } from './server.ts';

export interface Container {
  image: string;
  /** Names the container, so that one left behind by a crash is replaced. */
  directory: string;
  /** Port on this machine's loopback address, and the one inside. */
  ports: [outside: number, inside: number];
  /** Directory on this machine, and where the image expects it. */
  data: [outside: string, inside: string];
  /** Passed by name alone, so that no value is seen in the list of processes. */
  environment?: Record<string, string>;
  args: string[];
}

const docker = (...args: string[]) => new Promise<void>((resolve) => execFile('docker', args, () => resolve()));
const nameFor = (directory: string) => `backstay-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;

function account(): string[] {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return process.platform === 'linux' && uid ? ['--user', `${uid}:${gid}`] : [];
}

export function dockerArguments(container: Container): string[] {
  const { image, directory, ports, data, environment = {}, args } = container;
  const publish = ['--publish', `127.0.0.1:${ports[0]}:${ports[1]}`];
  const names = Object.keys(environment).flatMap((name) => ['--env', name]);
  const run = ['run', '--rm', '--name', nameFor(directory), ...account(), ...publish, '--volume', data.join(':')];
  return [...run, ...names, image, ...args];
}

/**
 * Runs an image in the foreground; signals reach the server in it. The arguments are tested; a start with a real daemon was
 * not verified.
 */
export async function inContainer(container: Container, env: NodeJS.ProcessEnv): Promise<Run> {
  const name = nameFor(container.directory);
  await mkdir(container.data[0], { recursive: true });
  await docker('rm', '--force', name);
  return {
    command: 'docker',
    args: dockerArguments(container),
    env: { ...env, ...container.environment },
    send: (signal) => void docker('kill', '--signal', signal, name),
  };
}
