export { definitionOf, exampleAction, type Schema } from './example-actions.ts';
export { formsOf, innerHalf, nestedForms, secretValues } from './secret-forms.ts';
