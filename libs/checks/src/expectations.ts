import { substituteKnown, type Clause, type Lookup } from '@backstay/document';

/** Clauses with the values of `${NAME}` in the place of the names; a name without a value stays, and the clause then does not hold. */
export function withValues(clauses: readonly Clause[], lookup: Lookup): Clause[] {
  const valued = (text: string): string => substituteKnown(text, lookup);
  return clauses.map((clause): Clause => {
    switch (clause.kind) {
      case 'output-contains':
      case 'body-contains':
        return { ...clause, text: valued(clause.text) };
      case 'header':
        return { ...clause, value: valued(clause.value) };
      case 'value':
        return typeof clause.value === 'string' ? { ...clause, value: valued(clause.value) } : clause;
      default:
        return clause;
    }
  });
}
