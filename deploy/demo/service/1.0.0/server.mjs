/** notes-api: starts the service, and stops it without dropping a request. */
import { createServer } from 'node:http';
import { createApp } from './src/app.mjs';
import { openCache } from './src/cache.mjs';
import { readConfig } from './src/config.mjs';
import { openDatabase } from './src/database.mjs';
import { createLog } from './src/log.mjs';
import { createMetrics } from './src/metrics.mjs';
import { createNotes } from './src/notes.mjs';
import { readRelease } from './src/release.mjs';
import { createUsers } from './src/users.mjs';

const DRAIN_MS = 3_000;

const config = readConfig(process.env);
const release = readRelease();
const log = createLog({ level: config.logLevel, directory: config.logDirectory, release });
const database = openDatabase({ url: config.databaseUrl, log });
const cache = openCache({ url: config.redisUrl, prefix: `notes-api:${release.version}:`, log });
const notes = createNotes({ database, cache });
const metrics = createMetrics({ database });
const app = createApp({
  notes,
  users: createUsers({ database }),
  database,
  cache,
  metrics,
  log,
  release,
  key: config.apiKey,
});
const server = createServer(app.handle);

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.on('uncaughtException', (error) => {
  log.critical('uncaught exception', { error: error.stack });
  process.exitCode = 1;
  stop();
});

// The first page is read before the port opens, so that nobody waits for cold connections.
await notes.page('warm-up').catch((error) => log.warn('the first read failed', { error: error.message }));
server.listen(config.port, config.host, () =>
  log.info('listening', { host: config.host, port: server.address().port }),
);

function stop() {
  log.info('stopping');
  app.drain();
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  server.close(async () => {
    await Promise.allSettled([database.close(), cache.close()]);
    log.info('stopped');
    log.close();
  });
}
