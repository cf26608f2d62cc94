import type { Finding } from '@backstay/deployment';
import type { Plan, Request } from '@backstay/document';
import { HttpProblem, NotAllowed, Unreachable } from '@backstay/guarded-io';
import { sendRequest } from '@backstay/checks';
import { askAgain } from '@backstay/service-kit';
import type { DeploymentIo } from '@backstay/steps';

/**
 * Whether what runs now responds. A service that is down may be the very reason for the deployment, so only a host that cannot
 * be addressed at all blocks.
 */
export function reachability(at: DeploymentIo, signal: AbortSignal): Promise<readonly Finding[]> {
  return askAgain(
    () => reached(at, signal),
    (found) => found.some(({ ok, blocking }) => !ok && blocking),
    { signal },
  );
}

async function reached(
  { deployment: { plan }, io, lookup }: DeploymentIo,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const request = probeOf(plan);
  if (request === null || plan.baseUrl === null) return [];
  const finding = { code: 'reachable', subject: plan.baseUrl };
  try {
    const { status, latencyMs } = await sendRequest(request, {
      baseUrl: plan.baseUrl,
      fetch: io.fetch,
      lookup,
      timeoutMs: 10_000,
      signal,
    });
    const ok = status >= 200 && status <= 399;
    return [
      {
        ...finding,
        ok,
        blocking: false,
        message: `${request.method} ${request.path} responded with ${status} in ${latencyMs} ms`,
      },
    ];
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return [
      {
        ...finding,
        ok: false,
        blocking: isUnaddressable(error),
        message: `${request.method} ${request.path}: ${error.reason}`,
      },
    ];
  }
}

function isUnaddressable(problem: HttpProblem): boolean {
  return problem instanceof NotAllowed || (problem instanceof Unreachable && /not found/.test(problem.reason));
}

/** The readiness of the release, else the first health check that is a request; names of its own are not needed for either. */
function probeOf({ delivery, healthChecks }: Plan): Request | null {
  const [first] = healthChecks.flatMap(({ check }) => (check.kind === 'request' ? [check.request] : []));
  const request = delivery?.ready ?? first ?? null;
  return request !== null && !JSON.stringify(request).includes('${') ? request : null;
}
