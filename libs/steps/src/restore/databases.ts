import { databaseOf, databaseUrls, type DatabaseIdentities } from '@backstay/deployment';
import { substituteKnown } from '@backstay/document';
import type { StepContext } from '../context.ts';
import type { StepDeployment } from '../deployment.ts';
import { knownLookup } from '../environment.ts';

/** Where the URLs of a plan's databases lead, by the values that their names have here; of none whose value is not known. */
export function knownDatabases(context: StepContext, deployment: StepDeployment): DatabaseIdentities {
  const lookup = knownLookup({ context, deployment });
  const identities = databaseUrls(deployment.plan).map(
    (url) => [url, databaseOf(substituteKnown(url, lookup))] as const,
  );
  return new Map(identities.filter((entry): entry is [string, readonly string[]] => entry[1] !== null));
}
