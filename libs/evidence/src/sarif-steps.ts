import { budgets } from '@backstay/document';
import { unreadable } from './evidence-result.ts';

/** Counts what the references of a log make its reader look at: rules that share an id are looked at for every result of theirs. */
export class SarifSteps {
  taken = 0;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  take(steps: number): void {
    this.taken += steps;
    if (this.taken > budgets.sarif.steps)
      throw unreadable(`${this.#path} needs more than ${budgets.sarif.steps} steps to find the rules of its results`);
  }
}
