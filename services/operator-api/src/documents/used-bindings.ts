import { parseBindings, type Bindings, type Problem } from '@backstay/document';
import { InvalidDocument } from '@backstay/service-kit/http';
import type { Looked } from './repositories.ts';

/** Bindings that came with the request for a dry run. */
export interface GivenBindings {
  readonly file: string;
  readonly text: string;
  /** Whether they stand in for the repository's own; else they count only where the repository is not read. */
  readonly instead: boolean;
}

/** The bindings that a dry run used, for its reply. */
export interface UsedBindings {
  readonly from: 'repository' | 'request';
  readonly file: string;
}

export interface ChosenBindings {
  readonly used: UsedBindings | null;
  readonly bindings: Bindings | undefined;
}

const ofRepository = '.backstay.yaml';

/** @throws {InvalidDocument} with every problem of bindings that were given and count. */
export function chosenBindings(looked: Looked | null, given: GivenBindings | undefined): ChosenBindings {
  if (given !== undefined && (given.instead || isNotRead(looked)))
    return { used: { from: 'request', file: given.file }, bindings: parsed(given) };
  if (looked?.kind !== 'read' || looked.bindings === undefined) return { used: null, bindings: undefined };
  return { used: { from: 'repository', file: ofRepository }, bindings: looked.bindings };
}

function isNotRead(looked: Looked | null): boolean {
  if (looked?.kind === 'refused') return looked.problems.some(({ code }) => code === 'repository-unreachable');
  return looked?.kind === 'not-read';
}

/** What is wrong with the repository, without what is wrong with bindings for which others stand in. */
export function standingProblems(looked: Looked | null, given: GivenBindings | undefined): readonly Problem[] {
  if (looked?.kind !== 'refused') return [];
  return looked.problems.filter(({ file }) => given?.instead !== true || file === undefined);
}

function parsed({ file, text }: GivenBindings): Bindings {
  const read = parseBindings(text, file);
  if (read.ok) return read.bindings;
  throw new InvalidDocument(read.problems.map(({ message, ...place }) => ({ ...place, file, detail: message })));
}
