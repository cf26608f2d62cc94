import type { DeployRequest } from '@backstay/deployment';
import type { Intake } from '@backstay/jetstream';

/** The request as it is recorded; of one with problems, the parts that can be shown. */
export function requestOf(intake: Exclude<Intake, { readonly parked: string }>): DeployRequest {
  if (intake.ok) return intake.request;
  const data = typeof intake.data === 'object' && intake.data !== null ? (intake.data as Record<string, unknown>) : {};
  const text = (key: string) => (typeof data[key] === 'string' ? { [key]: data[key] } : {});
  return { ...text('document'), ...text('environment'), ...text('version'), ...text('requestedBy'), ...text('reason') };
}
