const KiB = 1024;
const MiB = 1024 * KiB;

/**
 * What the texts of others may cost, all in one place. Sizes and depths are counted before or while a text is read, so that the same text is
 * refused everywhere and at once; milliseconds bound only what cannot be counted, an engine of expressions.
 */
export const budgets = {
  /** A document. Prose counts too: the Markdown reader's work grows faster than the length of a line or of a block. */
  document: { bytes: 256 * KiB, lines: 3_000, lineCharacters: 4_096, blockLines: 1_000, markers: 9, indentation: 48 },
  /** Bindings, profile, secrets. `tokens`: words, marks, blanks; `nodes`: what aliases stand for, counted at each of their places. */
  yaml: { bytes: 256 * KiB, depth: 50, tokens: 50_000, nodes: 10_000 },
  secrets: { bytes: MiB },
  /** A plan in JSON says in full what a document leaves to rules. */
  plan: { bytes: 2 * MiB },
  /** Any JSON from outside: plans, requests, replies, reports. `digits` of one number. */
  json: { depth: 100, digits: 1_000 },
  /** XML of reports and of the APIs that respond with it: attributes and characters of one tag; tags are comments and instructions too. */
  xml: { depth: 100, attributes: 256, tagCharacters: MiB, tags: 500_000 },
  /** How often the references of a SARIF log make its reader look at a rule, or at a character of a name. */
  sarif: { steps: 1_000_000 },
  /** Values put in the place of `${NAME}`: one variable (more no kernel passes on), all variables of a command, one text. */
  expansion: { value: 128 * KiB, all: MiB, text: 2 * MiB, depth: 100 },
  /** An expression or a glob: its length, and how long it may take for a batch of lines or names, beside what each MiB of them adds. */
  pattern: { characters: 500, batchMs: 500, mebibyteMs: 200 },
  /** A JSONPath over one reply. */
  path: { characters: 500, ms: 500 },
} as const;

/** A text of the world outside asks for more than its budget allows. The message says of what, and quotes nothing. */
export class BudgetExceeded extends Error {
  override readonly name: string = 'BudgetExceeded';
}
