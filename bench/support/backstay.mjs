import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectBus, intakeStream, publishRequest } from '@backstay/jetstream';
import { freePort } from '@backstay/local-platform';
import { MeasuredProcess } from './measured-process.mjs';

const root = new URL('../../', import.meta.url);

export const services = ['planning', 'execution', 'verification', 'monitoring', 'rollback', 'operator-api'];

const scriptOf = (name) =>
  new URL(name === 'one-process' ? 'deploy/one-process.mjs' : `services/${name}/dist/main.js`, root);

/** Backstay as its users run it, in one process or in six, on given servers, with the instrument in each process. */
export class Backstay {
  url;
  #directory;
  #processes;
  #bus;

  /** @param {{ directory: string, postgresUrl: string, natsUrl: string, processes?: readonly string[] }} options */
  static async start({ directory, postgresUrl, natsUrl, processes = ['one-process'] }) {
    const backstay = new Backstay();
    await backstay.#start({ directory, postgresUrl, natsUrl, processes });
    return backstay;
  }

  async #start({ directory, postgresUrl, natsUrl, processes }) {
    const port = await freePort();
    mkdirSync(join(directory, 'data'), { recursive: true });
    this.#directory = directory;
    this.url = `http://127.0.0.1:${port}`;
    this.profile([]);
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: 'production',
      BACKSTAY_POSTGRES_URL: postgresUrl,
      BACKSTAY_NATS_URL: natsUrl,
      BACKSTAY_NATS_AUTH: 'none',
      BACKSTAY_HTTP_PORT: String(port),
      BACKSTAY_DATA_DIR: join(directory, 'data'),
      BACKSTAY_ENVIRONMENTS: join(directory, 'environments.yaml'),
      BACKSTAY_LOG_LEVEL: 'warn',
    };
    this.#processes = processes.map((name) => {
      const health = name === 'operator-api' ? {} : { BACKSTAY_HEALTH_PORT: '0' };
      return new MeasuredProcess({
        script: scriptOf(name),
        env: { ...env, ...health },
        log: join(directory, `${name}.log`),
      });
    });
    try {
      await this.#untilReady();
      this.#bus = await connectBus({ url: natsUrl, name: 'bench', onStatus: () => undefined });
      await this.#untilRequestable();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Writes the environment profile; `lines` are further entries of each service. */
  profile(names, lines = []) {
    const entry = (name) => [`      ${name}:`, ...['hosts: [local]', ...lines].map((line) => `        ${line}`)];
    const entries = names.length === 0 ? ['    services: {}'] : ['    services:', ...names.flatMap(entry)];
    const text = ['environments:', '  production:', ...entries, ''].join('\n');
    writeFileSync(join(this.#directory, 'environments.yaml'), text);
  }

  /** Requests a deployment over NATS, as a CI system does. @returns {Promise<string>} its id */
  async request(document) {
    const request = { document, requestedBy: 'bench' };
    const { deploymentId } = await publishRequest(this.#bus.js, { request, source: '/bench', id: randomUUID() });
    return deploymentId;
  }

  /** The reply of each process. */
  ask(question) {
    return Promise.all(this.#processes.map((each) => each.ask(question)));
  }

  /** Milliseconds of CPU time that its processes have used. */
  async cpuMs() {
    return (await this.ask('cpu')).reduce((sum, ms) => sum + ms, 0);
  }

  async stop() {
    await this.#bus?.close();
    await Promise.all(this.#processes.map((each) => each.stop()));
  }

  /** The services create the stream of requests as soon as they have joined the bus, which the API does not wait for. */
  async #untilRequestable() {
    const { streams } = await this.#bus.js.jetstreamManager();
    const deadline = Date.now() + 300_000;
    for (;;) {
      const missing = await streams.info(intakeStream.name).then(
        () => null,
        (error) => error,
      );
      if (missing === null) return;
      if (Date.now() > deadline) throw missing;
      await pause(50);
    }
  }

  async #untilReady() {
    const deadline = Date.now() + 300_000;
    for (;;) {
      const ready = await fetch(`${this.url}/health/ready`).catch(() => null);
      if (ready?.ok) break;
      if (this.#processes.some(({ hasEnded }) => hasEnded) || Date.now() > deadline) break;
      await pause(50);
    }
    // Rejects with the end of the log where one has ended.
    await this.ask('cpu');
  }
}
