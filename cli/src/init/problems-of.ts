import { createHash } from 'node:crypto';
import {
  makePlan,
  parseBindings,
  parseDocument,
  parseProfiles,
  serviceProfile,
  type Problem,
} from '@backstay/document';

const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** What is wrong with files that belong together, by their names; what would block their plan counts too. */
export function problemsOf(files: Readonly<Record<string, string>>, environment: string): readonly Problem[] {
  const document = parseDocument(files['deployment.md'] ?? '');
  const bindings = parseBindings(files['.backstay.yaml'] ?? '');
  const profiles = parseProfiles(files['environments.yaml'] ?? '');
  if (!document.ok || !bindings.ok || !profiles.ok)
    return [document, bindings, profiles].flatMap((each) => (each.ok ? [] : each.problems));
  const profile = serviceProfile(profiles.profiles, environment, document.document.scope.name);
  const made = makePlan(document.document, { environment, bindings: bindings.bindings, profile, digest });
  if (!made.ok) return made.problems;
  return made.blockers.map(({ line = 1, ...blocker }) => ({ ...blocker, line, column: 1, severity: 'error' }));
}
