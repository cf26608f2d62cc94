import type { DeployBody } from '@backstay/api-contract';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

type AsItIsSent = 'environment' | 'requestedBy' | 'reason' | 'commit' | 'workspace' | 'evidence' | 'rehearse';

export interface RequestOptions extends Pick<DeployBody, AsItIsSent> {
  readonly release?: DeployBody['version'];
  readonly label?: DeployBody['labels'];
  /** Reasons by the code of the finding. */
  readonly override?: Readonly<Record<string, string>>;
}

/** Whether a file holds a plan in JSON rather than a document: by its name, or because it begins with a brace. */
export function isPlan(file: string, text: string): boolean {
  return file.endsWith('.json') || /^\uFEFF?\s*\{/.test(text);
}

/**
 * The request for a deployment, as HTTP and NATS take it, of a document or of a plan in JSON.
 * @throws Failure with the places of what is wrong with a plan
 */
export async function requestOf(file: string, text: string, options: RequestOptions): Promise<DeployBody> {
  const { release: version, label: labels, override, ...same } = options;
  const { environment, requestedBy, reason, commit, workspace, evidence, rehearse } = same;
  const overrides = override && Object.entries(override).map(([code, why]) => ({ code, reason: why }));
  const subject: Pick<DeployBody, 'document' | 'plan'> = isPlan(file, text)
    ? { plan: await planOf(file, text) }
    : { document: text };
  return {
    ...subject,
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
}

/** A plan alone, or what `backstay plan --json` printed. */
async function planOf(file: string, text: string): Promise<DeployBody['plan']> {
  const { lintPlan, planIn } = await import('@backstay/document');
  const problems = lintPlan(text).map((problem) => ({ ...problem, file }));
  const plan = problems.length === 0 ? planIn(JSON.parse(text.replace(/^\uFEFF/, ''))).plan : null;
  if (typeof plan === 'object' && plan !== null) return { ...plan };
  const title = `${file} is not a plan that can be carried out`;
  throw new Failure(exitCodes.problems, title, { title, errors: problems });
}
