import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { headerNames, idempotencyKey } from '@backstay/api-contract';
import { canonicalJson, type Digest } from '@backstay/event-sourcing';
import { IdempotencyKeys } from '@backstay/postgres';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import {
  asHttpReply,
  checkedHeader,
  headerOf,
  HttpReply,
  isFault,
  KeyInFlight,
  KeyReused,
  mediaTypes,
  pathOf,
  problemOf,
  type Reply,
  type Request,
} from '@backstay/service-kit/http';
import { principalOf } from '../auth/access-guard.ts';

const keyHeader = headerNames.idempotencyKey;
const keySchema = idempotencyKey.optional();

/** The key of this request; undefined where it carries none. @throws {InvalidRequest} */
export function keyOf(request: Pick<Request, 'headers'>): string | undefined {
  return checkedHeader(keySchema, keyHeader, headerOf(request, keyHeader.toLowerCase()));
}

/** Gives a repeated POST the reply that it got before, also when that was a refusal. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #keys: IdempotencyKeys;
  readonly #digest: Digest;

  constructor(@Inject(PLATFORM) { pool, digest }: Platform) {
    this.#keys = new IdempotencyKeys(pool);
    this.#digest = digest;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const key = keyOf(request);
    if (key === undefined) return next.handle();
    return defer(() =>
      this.#once(key, request, http.getResponse<Reply>(), () =>
        lastValueFrom(next.handle(), { defaultValue: undefined }),
      ),
    );
  }

  async #once(
    key: string,
    request: Request,
    reply: Reply,
    handle: () => Promise<unknown>,
  ): Promise<HttpReply<unknown>> {
    const actor = principalOf(request).name;
    const begun = await this.#keys.begin(actor, key, this.#fingerprint(request));
    if (begun.state === 'mismatch') throw new KeyReused();
    if (begun.state === 'in-flight') throw new KeyInFlight();
    if (begun.state === 'complete')
      return new HttpReply(begun.response.body, begun.response.headers, begun.response.status);
    try {
      const { body, headers } = asHttpReply(await handle());
      const done = new HttpReply(
        JSON.stringify(body ?? null),
        { 'content-type': mediaTypes.json, ...headers },
        reply.statusCode,
      );
      await this.#keep(actor, key, begun.attempt, done);
      return done;
    } catch (error) {
      await this.#refused(actor, key, begun.attempt, error, pathOf(request.url));
      throw error;
    }
  }

  /** A refusal stands; after a fault the request may be tried again. */
  async #refused(actor: string, key: string, attempt: string, error: unknown, path: string): Promise<void> {
    const problem = problemOf(error, path);
    if (isFault(problem)) await this.#keys.abandon(actor, key, attempt);
    else
      await this.#keep(
        actor,
        key,
        attempt,
        new HttpReply(JSON.stringify(problem), { 'content-type': mediaTypes.problem }, problem.status),
      );
  }

  async #keep(
    actor: string,
    key: string,
    attempt: string,
    { body, headers, status }: HttpReply<unknown>,
  ): Promise<void> {
    await this.#keys.complete(actor, key, attempt, { status: Number(status), headers, body: String(body) });
  }

  #fingerprint({ method, url, body }: Request): string {
    return this.#digest(canonicalJson([method, url, body ?? null]));
  }
}
