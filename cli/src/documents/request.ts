import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

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

/** Whether a file holds a plan in JSON rather than a document: by its name, or because it begins with a brace. */
export function isPlan(file: string, text: string): boolean {
  return file.endsWith('.json') || /^\uFEFF?\s*\{/.test(text);
}

/**
 * The request for a deployment, as HTTP and NATS take it, of a document or of a plan in JSON.
 * @throws Failure with the places of what is wrong with a plan
 */
export async function requestOf(file: string, text: string, options: RequestOptions): Promise<Record<string, unknown>> {
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
    ...(isPlan(file, text) ? { plan: await planOf(file, text) } : { document: text }),
    ...Object.fromEntries(given),
  };
}

/** A plan alone, or what `backstay plan --json` printed. */
async function planOf(file: string, text: string): Promise<unknown> {
  const { lintPlan, planIn } = await import('@backstay/document');
  const problems = lintPlan(text).map((problem) => ({ ...problem, file }));
  if (problems.length === 0) return planIn(JSON.parse(text.replace(/^\uFEFF/, ''))).plan;
  const title = `${file} is not a plan that can be carried out`;
  throw new Failure(exitCodes.problems, title, { title, errors: problems });
}
