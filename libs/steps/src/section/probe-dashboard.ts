import { HttpProblem, type GuardedFetch } from '@backstay/guarded-io';

export interface DashboardProbe {
  readonly url: string;
  readonly ok: boolean;
  readonly status: number | null;
  readonly reason?: string;
}

/** A dashboard is there when it responds with success; where it redirects to is not followed. */
export async function probeDashboard(url: string, fetch: GuardedFetch, signal?: AbortSignal): Promise<DashboardProbe> {
  try {
    const { status } = await fetch(url, { signal });
    const ok = status >= 200 && status <= 299;
    return { url, ok, status, ...(ok ? {} : { reason: `responded with ${status}` }) };
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return { url, ok: false, status: null, reason: error.reason };
  }
}
