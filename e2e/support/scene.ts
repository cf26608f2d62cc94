import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import { connectBus, publishRequest } from '@backstay/jetstream';
import type { DeployRequest } from '@backstay/deployment';
import { scratchDir } from '@backstay/local-platform';
import { stopTestParts } from '@backstay/local-platform/testing';
import { documentFor, type DocumentOptions } from './document.ts';
import { eventually } from './eventually.ts';
import { publisher, services, TestPlatform, type ServiceName, type Wiring } from './platform.ts';
import { Subject, type Addresses } from './subject.ts';
import { startTraffic } from './traffic.ts';

/** A platform with as many subjects as a journey needs; everything it started ends with `close`. */
export class Scene {
  readonly platform: TestPlatform;
  readonly #directory: string;
  readonly #subjects: Subject[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(platform: TestPlatform, directory: string) {
    this.platform = platform;
    this.#directory = directory;
  }

  /** @param variables of the environment of the processes, beside their own */
  static async open(
    processes: readonly ServiceName[] = services,
    variables: NodeJS.ProcessEnv = {},
    wiring?: Wiring,
  ): Promise<Scene> {
    const directory = await scratchDir('journey');
    return new Scene(await TestPlatform.start(directory, processes, variables, wiring), directory);
  }

  get api() {
    return this.platform.api;
  }

  /**
   * A fresh service with three versions in git, which has users until the journey ends, or all of the scene's: a watch needs
   * requests. Every subject of the scene is in the profile.
   */
  async subject(
    name: string,
    {
      usedIn = 'journey',
      at,
    }: { usedIn?: 'journey' | 'scene'; at?: (subject: Subject) => Promise<Partial<Addresses>> } = {},
  ): Promise<Subject> {
    const subject = await Subject.create(name, `${this.#directory}/${name}`, ['1.0.0', '1.1.0', '1.2.0']);
    subject.addresses = { ...subject.addresses, ...(await at?.(subject)) };
    this.#subjects.push(subject);
    this.platform.profile(this.#subjects);
    this.#closers.push(() => stopServing(subject));
    const traffic = startTraffic(subject.baseUrl);
    if (usedIn === 'journey') onTestFinished(() => traffic.stop());
    else this.#closers.push(() => traffic.stop());
    return subject;
  }

  /** Publishes a request over NATS, as a CI system does; the deployment's id. */
  async publish(request: DeployRequest, id: string = randomUUID(), traceparent?: string): Promise<string> {
    const { nats, publisherKey: creds } = this.platform;
    const bus = await connectBus({ url: nats.url, creds, name: 'journey', onStatus: () => undefined });
    try {
      const { deploymentId } = await publishRequest(bus.js, {
        request,
        publisher,
        source: '/journeys',
        id,
        ...(traceparent !== undefined && { traceparent }),
      });
      return deploymentId;
    } finally {
      await bus.close();
    }
  }

  deploy(subject: Subject, version: string, options: DocumentOptions = {}): Promise<string> {
    return this.publish({ document: documentFor(subject, version, options), requestedBy: 'ci' });
  }

  /** Deploys a version and waits until it has succeeded. */
  async deployed(subject: Subject, version: string, options: DocumentOptions = {}): Promise<string> {
    const id = await this.deploy(subject, version, options);
    await this.api.until(id, ['succeeded']);
    return id;
  }

  /** Waits for an event of a deployment; its data. */
  async event(
    id: string,
    type: string,
    matching: (data: Record<string, unknown>) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    const found = await eventually(
      async () => (await this.api.audit(id)).find((entry) => entry.type === type && matching(entry.data)),
      `${type} of ${id}`,
    );
    return found.data;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
    await this.platform.stop();
    await stopTestParts();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** The service that the release deployer left running belongs to the journey: it ends with it. */
async function stopServing({ root }: Subject): Promise<void> {
  const { stopService } = await import('@backstay/deployers');
  await stopService({ root: `${root}/production`, token: Number.MAX_SAFE_INTEGER }).catch(() => undefined);
}
