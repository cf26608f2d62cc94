import type { Plan } from '@backstay/document';
import { accountNamed, SupervisorFailed, type Account } from '@backstay/hosts';
import type { StepContext } from './context.ts';

interface Whose {
  readonly context: Pick<StepContext, 'runAs'>;
  readonly deployment: { readonly plan: Pick<Plan, 'runAs'> };
}

/** The name of the user that the steps of a deployment run as: the profile's, else the platform's default; undefined: Backstay's own. */
export function runAsOf({ context, deployment }: Whose): string | undefined {
  return deployment.plan.runAs ?? context.runAs;
}

/** That user of this machine. @throws {SupervisorFailed} where it has none of that name, which the preflight has found before */
export function accountOf(whose: Whose): Account | undefined {
  const name = runAsOf(whose);
  if (name === undefined) return undefined;
  const account = accountNamed(name);
  if (account === null) throw new SupervisorFailed(`this machine has no user ${name}, as whom the steps are to run`);
  return account;
}
