export { definitionOf, exampleAction, type Schema } from './example-actions.ts';
