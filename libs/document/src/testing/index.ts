export { definitionOf, exampleAction, type Schema } from './example-actions.ts';
export { formsOf, innerHalf, likeEscapes, nestedForms, secretValues } from './secret-forms.ts';
