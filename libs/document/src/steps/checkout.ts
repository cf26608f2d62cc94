import { z } from 'zod';
import { match, pattern } from '../markdown/code-spans.ts';
import { code } from '../printing/write-values.ts';
import { readRef, readRepository } from '../values/repositories.ts';
import { inProcedure, stepKind } from './kind.ts';
import type { PhraseContext } from './phrase.ts';

const schema = z.object({
  kind: z.literal('checkout'),
  repository: z.string(),
  ref: z.string(),
  into: z.string(),
});

export type Checkout = z.infer<typeof schema>;

const form = pattern(String.raw`(?<url>CODE|\S+) at (?<ref>CODE|\S+)(?: into (?<into>CODE|\S+))?`);

/** A git work tree at an exact commit. */
export const checkout = stepKind<Checkout, 'pull'>({
  schema,
  fields: { repository: 'effect-handler', ref: 'effect-handler', into: 'effect-handler' },
  label: {
    name: 'Checkout',
    read({ span }, _head, reading) {
      const groups = match(span, form);
      if (!groups)
        return reading.report.error(span, 'bad-value', 'expected `url` at `ref`, and `into` a path if need be');
      const into = groups['into'] ? reading.path(groups['into']) : 'source';
      const repository = readRepository(reading.argument(groups['url']!), reading);
      const ref = readRef(reading.argument(groups['ref']!), reading);
      if (into === undefined || repository === undefined || ref === undefined) return undefined;
      return { kind: 'checkout', repository, ref, into };
    },
  },
  phrases: {
    pull: {
      text: 'Pull latest code from',
      pattern: /^pull latest code(?: from (\S+))?$/,
      in: ['procedure'],
      mean({ meaning }, { document }) {
        const { repository = '', ref = meaning.argument ?? '' } = document.scope;
        return { action: { kind: 'checkout', repository, ref, into: 'source' }, origin: 'document' };
      },
      check: checkPull,
    },
  },
  isPerformedIn: inProcedure,
  mutates: false,
  serving: () => 'untouched',
  directory: ({ into }) => into,
  brings: ['files'],
  mentions: ({ repository, ref }) => [repository, ref],
  procedure(action, { repository, ref, commit }) {
    const isScope = action.repository === repository && (action.ref === ref || action.ref === commit);
    return isScope ? { kind: action.kind, into: action.into } : action;
  },
  print: ({ repository, ref, into }) => [`- Checkout: ${code(repository)} at ${code(ref)} into ${code(into)}`],
  describe: ({ repository, ref, into }) => `check out ${ref} of ${repository} into ${into}`,
});

function checkPull({ argument: wanted, at, title, document, outline, report }: PhraseContext): void {
  const { repository, ref } = document.scope;
  const scopeLines = (['scope', 'application', 'target'] as const).flatMap(
    (key) => outline.sections.get(key)?.lines ?? [],
  );
  const written = (label: string): boolean => scopeLines.some(({ span }) => span.text.toLowerCase().includes(label));
  if (!repository && !written('repository')) {
    report.error(
      title,
      'missing-line',
      'pulling code needs a repository; add `Repository:` to *Deployment Scope*',
      '- Repository: <git URL>',
    );
  }
  if (wanted === undefined && !ref && !written('branch') && !written('tag')) {
    report.error(
      title,
      'missing-line',
      'pulling code needs a branch or tag; add `Branch/Tag:` to *Deployment Scope*',
      '- Branch/Tag: v1.0.0',
    );
  }
  if (wanted !== undefined && ref && wanted !== ref && wanted !== repository && !wanted.includes('${')) {
    report.error(at, 'ref-mismatch', `the scope deploys ${ref}, this line pulls ${wanted}; make them equal`);
  }
}
