import type { CheckResult } from '@backstay/deployment';
import type { Section } from '@backstay/document';
import type { Surroundings } from '@backstay/steps';
import { flowChecks } from './flow-checks.ts';
import { healthChecks, type Patience } from './health-checks.ts';

/** What the document's section asks for. @throws {Error} for a section that is not verified by checks */
export function sectionChecks(
  section: Section,
  surroundings: Surroundings,
  signal: AbortSignal,
  patience?: Patience,
): Promise<readonly CheckResult[]> {
  switch (section) {
    case 'smoke-tests':
    case 'critical-flows':
      return flowChecks(surroundings, signal);
    case 'health-checks':
      return healthChecks(surroundings, signal, patience);
    case 'dashboards':
    case 'documentation':
      throw new Error(`the section ${section} has no checks`);
  }
}
