import { randomUUID } from 'node:crypto';
import {
  requestTo,
  routes,
  type AuditEntry,
  type Criterion,
  type Deployment,
  type InputOf,
  type ResponseOf,
  type Routes,
  type Why,
} from '@backstay/api-contract';
import { endings } from '@backstay/deployment';
import { eventually } from './eventually.ts';

/** Talks HTTP as an operator's tools do. */
export class ApiClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url}/health/ready`).catch(() => null))?.ok ?? false;
  }

  /** The JSON of a route; null where it refuses. */
  async get<Name extends keyof Routes>(
    name: Name,
    input: InputOf<Routes[Name]>,
  ): Promise<ResponseOf<Routes[Name]> | null> {
    const response = await fetch(this.url + requestTo(routes, name, input).url);
    return response.ok ? ((await response.json()) as ResponseOf<Routes[Name]>) : null;
  }

  async post<Name extends keyof Routes>(
    name: Name,
    input: InputOf<Routes[Name]>,
  ): Promise<{ status: number; location: string | null; body: Record<string, unknown> }> {
    const { method, url, body } = requestTo(routes, name, input);
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const response = await fetch(this.url + url, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  status(id: string): Promise<Deployment | null> {
    return this.get('getDeployment', { params: { id } });
  }

  /** The summary as soon as the deployment has one of these statuses; an error when it ends as something else. */
  async until(id: string, statuses: readonly string[]): Promise<Deployment> {
    let last: Deployment | null = null;
    return eventually(
      async () => {
        last = await this.status(id);
        if (last !== null && statuses.includes(last.status)) return last;
        if (last !== null && (endings as readonly string[]).includes(last.status))
          throw new Error(`it ended as ${last.status}: ${last.reason ?? ''}\n${await this.scenario(id)}`);
        return null;
      },
      `deployment ${id} becomes ${statuses.join(' or ')}`,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}; it is ${last?.status ?? 'unknown'}\n${await this.scenario(id)}`);
    });
  }

  end(id: string): Promise<Deployment> {
    return this.until(id, endings);
  }

  async audit(id: string): Promise<readonly AuditEntry[]> {
    return (await this.get('getAuditTrail', { params: { id } }))?.entries ?? [];
  }

  async types(id: string): Promise<readonly string[]> {
    return (await this.audit(id)).map(({ type }) => type);
  }

  async criteria(id: string): Promise<readonly Criterion[]> {
    return (await this.get('getAcceptanceCriteria', { params: { id } }))?.criteria ?? [];
  }

  async why(id: string): Promise<Why> {
    const why = await this.get('getWhy', { params: { id } });
    if (why === null) throw new Error(`no explanation of ${id}`);
    return why;
  }

  async scenario(id: string): Promise<string> {
    return (await this.audit(id)).map(({ time, type, summary }) => `${time} ${type}: ${summary}`).join('\n');
  }
}
