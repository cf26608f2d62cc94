import type { RootContent } from 'mdast';

type Tree = readonly RootContent[];

/** Characters of all texts that are kept together, and of one: a document has a few dozen parts of less than a kibibyte. */
const mostTogether = 256 * 1024;
const mostOfOne = 16 * 1024;

/**
 * Syntax trees of the texts that were read last. Whoever edits a document reads most of its parts again as they were, and what was
 * linted is then planned; reading Markdown is most of the work of both.
 */
export class RecentTrees {
  readonly #trees = new Map<string, Tree>();
  readonly #read: (text: string) => Tree;
  #together = 0;

  constructor(read: (text: string) => Tree) {
    this.#read = read;
  }

  of(text: string): Tree {
    const known = this.#trees.get(text);
    const tree = known ?? this.#read(text);
    if (text.length > mostOfOne) return tree;
    if (known === undefined) this.#together += text.length;
    // Behind all others: the first is the one that was asked for longest ago.
    this.#trees.delete(text);
    this.#trees.set(text, tree);
    this.#forget();
    return tree;
  }

  #forget(): void {
    for (const text of this.#trees.keys()) {
      if (this.#together <= mostTogether) return;
      this.#trees.delete(text);
      this.#together -= text.length;
    }
  }
}
