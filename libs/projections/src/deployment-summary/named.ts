import type { DeployRequest } from '@backstay/deployment';

/** What a request is about, as far as its text says so; null: it does not say. */
export interface Named {
  readonly service: string | null;
  readonly version: string | null;
  readonly environment: string | null;
}

const longest = 200;

/**
 * What is asked for, also where the document is refused and no plan ever names it. It is read line by line from the scope, because
 * a refused document has no other reading; what is still a placeholder, or names several, is not known.
 */
export function namedIn({ document, plan, environment, version }: DeployRequest): Named {
  const says = plan === undefined ? inScope(document ?? '') : (key: Key) => plan[key.plan];
  return {
    service: named(says({ label: 'Name', plan: 'service' })),
    version: version ?? named(says({ label: 'Version', plan: 'version' })),
    environment: environment ?? named(says({ label: 'Environment', plan: 'environment' })),
  };
}

interface Key {
  readonly label: string;
  readonly plan: string;
}

function inScope(document: string): (key: Key) => unknown {
  const scope = /^##[ \t]+Deployment Scope\b([^]*?)(?:^##[ \t]|$(?![^]))/im.exec(document)?.[1] ?? '';
  const entries = scope.split(/\r?\n/).flatMap((line) => {
    const [, label, value] = /^\s{0,8}[-*+][ \t]+([A-Za-z]+):[ \t]+(\S.{0,300})$/.exec(line) ?? [];
    return label === undefined || value === undefined ? [] : [[label.toLowerCase(), value] as const];
  });
  return ({ label }) => entries.find(([each]) => each === label.toLowerCase())?.[1];
}

function named(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().replace(/^`(.*)`$/, '$1');
  return text.length <= longest && /^[A-Za-z0-9][A-Za-z0-9._+@-]*$/.test(text) ? text : null;
}
