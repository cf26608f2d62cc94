import { usage } from '../failure.ts';

export interface RequestOptions {
  readonly environment?: string;
  readonly release?: string;
  readonly requestedBy?: string;
  readonly reason?: string;
  readonly commit?: string;
  readonly workspace?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly evidence?: readonly EvidenceEntry[];
  readonly override?: Readonly<Record<string, string>>;
  readonly rehearse?: boolean;
}

export interface EvidenceEntry {
  readonly kind: string;
  readonly path?: string;
  readonly url?: string;
  readonly sha256: string;
  readonly commit?: string;
}

/** The request for a deployment, as HTTP and NATS take it; a `.json` file holds a plan, any other a document. */
export function requestOf(file: string, text: string, options: RequestOptions): Record<string, unknown> {
  const { release: version, label: labels, override, ...same } = options;
  const { environment, requestedBy, reason, commit, workspace, evidence, rehearse } = same;
  const overrides = override && Object.entries(override).map(([code, why]) => ({ code, reason: why }));
  const request = {
    environment,
    version,
    requestedBy,
    reason,
    commit,
    workspace,
    labels,
    evidence,
    overrides,
    rehearse,
  };
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  return {
    ...(file.endsWith('.json') ? { plan: planIn(file, text) } : { document: text }),
    ...Object.fromEntries(given),
  };
}

/** A plan alone, or what `backstay plan --json` printed. */
function planIn(file: string, text: string): unknown {
  try {
    const value = JSON.parse(text) as { plan?: unknown };
    return value?.plan ?? value;
  } catch (error) {
    throw usage(`${file} is not JSON: ${(error as Error).message}`);
  }
}
