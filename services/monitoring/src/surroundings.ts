import { join } from 'node:path';
import type { Drafted, Known } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { documentLookup, guardedFetch, redactor, secretResolver, type GuardedFetch, type Lookup } from '@backstay/effects';
import type { Platform } from '@backstay/service-kit';
import type { Fetch } from './telemetry/index.ts';

/** The outside world as one deployment may touch it. */
export interface Surroundings {
  readonly fetch: GuardedFetch;
  readonly lookup: Lookup;
  readonly redact: (text: string) => string;
  /** The folder of the deployment's files. */
  readonly workspace: string;
}

type Deployment = Known & { readonly drafted: Drafted; readonly previous?: { readonly version: string } | null };

export function surroundingsOf({ settings }: Pick<Platform, 'settings'>, { id, request, drafted, previous }: Deployment): Surroundings {
  const { plan } = drafted;
  const resolver = secretResolver(settings.BACKSTAY_SECRETS, plan.environment);
  const provided = settings.BACKSTAY_SECRETS === 'env' ? {} : (process.env as Record<string, string>);
  const { lookup, confidential } = documentLookup(plan, resolver, provided, { deploymentId: id, rollbackVersion: previous?.version });
  return {
    fetch: fetchFor(plan),
    lookup,
    redact: (text) => redactor(confidential()).text(text),
    workspace: join(settings.BACKSTAY_DATA_DIR, 'workspaces', request.workspace ?? id),
  };
}

export const fetchFor = ({ allow }: Pick<Plan, 'allow'>): GuardedFetch => guardedFetch({ allow });

const largestAnswer = 5 * 1024 * 1024;
const bodiless = [204, 205, 304];

/** The guarded fetch in the form in which metric sources ask. */
export function telemetryFetch(fetch: GuardedFetch): Fetch {
  return async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    const { status, content, headers: answered } = await fetch(String(url), { headers, signal: init.signal ?? undefined, maxBytes: largestAnswer });
    return new Response(bodiless.includes(status) ? null : new Uint8Array(content), { status, headers: answered });
  };
}
