import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const demoHome = (dataDir: string): string => join(dataDir, 'demo');
export const profileFile = (dataDir: string): string => join(demoHome(dataDir), 'environments.yaml');
export const secretsFile = (dataDir: string): string => join(demoHome(dataDir), 'secrets.json');

/** What the services need to know of the demo that ran last; nothing where none did. */
export function demoSettings(dataDir: string): { environments?: string; secrets?: string } {
  if (!existsSync(profileFile(dataDir)) || !existsSync(secretsFile(dataDir))) return {};
  return { environments: profileFile(dataDir), secrets: `file:${secretsFile(dataDir)}` };
}
