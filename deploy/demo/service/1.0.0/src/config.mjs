import { readFileSync } from 'node:fs';

/**
 * The environment wins over `config.json`, which holds what is the same on every machine.
 * @throws when a required variable is missing; the message names all that are.
 */
export function readConfig(environment) {
  const missing = ['DATABASE_URL', 'API_KEY'].filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`missing in the environment: ${missing.join(', ')}`);
  const defaults = JSON.parse(readFileSync(new URL('../config.json', import.meta.url), 'utf8'));
  return {
    host: defaults.host,
    port: Number(environment.PORT ?? defaults.port),
    databaseUrl: environment.DATABASE_URL,
    apiKey: environment.API_KEY,
    redisUrl: environment.REDIS_URL,
    logLevel: environment.LOG_LEVEL ?? 'info',
    logDirectory: 'logs',
  };
}
