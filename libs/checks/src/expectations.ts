import { namesIn, substituteKnown, type Clause, type Lookup } from '@backstay/document';

export type ValueClause = Extract<Clause, { kind: 'value' }> & {
  /** `value` was put in place of names, which are texts whatever they were captured as. */
  readonly isSubstituted?: true;
};
export type ValuedClause = Exclude<Clause, { kind: 'value' }> | ValueClause;

/** Clauses with the values of `${NAME}` in the place of the names; a name without a value stays, and the clause then does not hold. */
export function withValues(clauses: readonly Clause[], lookup: Lookup): ValuedClause[] {
  const valued = (text: string): string => substituteKnown(text, lookup);
  return clauses.map((clause): ValuedClause => {
    switch (clause.kind) {
      case 'output-contains':
      case 'body-contains':
        return { ...clause, text: valued(clause.text) };
      case 'header':
        return { ...clause, value: valued(clause.value) };
      case 'value':
        return typeof clause.value === 'string' && namesIn(clause.value).length > 0
          ? { ...clause, value: valued(clause.value), isSubstituted: true }
          : clause;
      default:
        return clause;
    }
  });
}
