export { exampleAction } from './example-actions.ts';
