import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { scratchDir } from '@backstay/local-platform';
import { stopTestParts, testNats, testPostgres } from '@backstay/local-platform/testing';
import { Backstay } from './backstay.mjs';
import { Record } from './record.mjs';
import { runSql, urlWith } from './sql.mjs';
import { enableServerCounts } from './statements.mjs';

const reader = { user: 'bench', password: 'bench' };

/** Backstay in one process on a database of its own of the durable servers: for timing. */
export async function timingScene(servers, name) {
  const [postgresUrl, nats, directory] = [
    await servers.database(name),
    await servers.nats(),
    await servers.directory(name),
  ];
  await mkdir(directory, { recursive: true });
  const start = () => Backstay.start({ directory, postgresUrl, natsUrl: nats.url });
  const backstay = await start();
  const record = new Record(postgresUrl);
  return {
    backstay,
    record,
    postgresUrl,
    directory,
    /** Another process on the same data. */
    start,
    close: async () => {
      await record.close();
      await backstay.stop();
    },
  };
}

/** Servers of its own without fsync and Backstay on them: for counting, not for timing. */
export async function countingScene(processes) {
  const [directory, postgres, nats] = [await scratchDir('bench'), await testPostgres(), await testNats()];
  const hasServerCounts = await enableServerCounts(postgres);
  await runSql(postgres.url, `CREATE ROLE ${reader.user} SUPERUSER LOGIN PASSWORD '${reader.password}'`);
  const backstay = await Backstay.start({ directory, postgresUrl: postgres.url, natsUrl: nats.url, processes });
  const record = new Record(urlWith(postgres.url, reader));
  return {
    backstay,
    record,
    hasServerCounts,
    /** The user as which Backstay is known to the server. */
    user: new URL(postgres.url).username,
    close: async () => {
      await record.close();
      await backstay.stop();
      await stopTestParts();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A service whose metrics are always the same. */
export async function metricsServer() {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 100;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(
      `# TYPE http_requests_total counter\nhttp_requests_total{status="200"} ${requests}\nhttp_requests_total{status="500"} 0\n`,
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return { url: `http://127.0.0.1:${port}/metrics`, close: () => new Promise((resolve) => server.close(resolve)) };
}
