/**
 * How reading grows with the document: one section is repeated until the text has 1 KiB to 256 KiB. The figure is the time per KiB in
 * ratio to that at 16 KiB, all taken in one run, the fastest of several; linear means that it stays near 1.
 */
import { lint, parseDocument } from '@backstay/document';
import { atMost, figure } from '../support/figures.mjs';

export const title = 'How reading grows with the document';

const kibibytes = [1, 4, 16, 64, 255];
const compared = 16;
/** No size may take this many times the time per KiB of the compared one; below it start-up costs weigh more. */
const factor = 3;

const head = `# Deployment: bench 1.0.0

## Deployment Scope
- Name: bench
- Version: 1.0.0
- Environment: production

## Deployment Procedure

### Deployment Steps
`;

const bodies = {
  steps: (number) =>
    `${number}. Step ${number}\n   - Run: \`node step.mjs --number ${number}\`\n   - Undo: \`node undo.mjs\`\n   - Timeout: 5m\n`,
  mistakes: (number) => `${number}. Stp ${number}\n   - Rnu: \`node step.mjs\`\n   - Timeout: 5\n`,
  prose: (number) =>
    `\n### Chapter ${number}\n\nIt speaks of *nothing* that \`anybody\` executes, see [there](https://example.com).\n`,
};

function document(body, size) {
  const parts = [head, ...(body === bodies.prose ? ['1. Wait\n   - Wait: 1s\n'] : [])];
  let length = parts.join('').length;
  for (let number = 1; length < size * 1024; number += 1) {
    parts.push(body(number));
    length += parts.at(-1).length;
  }
  const text = parts.slice(0, -1).join('');
  if (parseDocument(text).ok === (body === bodies.mistakes)) throw new Error(`${size} KiB are not what is measured`);
  return text;
}

function fastest(act, text) {
  const times = Array.from({ length: 3 }, () => {
    const begun = performance.now();
    act(text);
    return performance.now() - begun;
  });
  return Math.min(...times);
}

export async function run({ say }) {
  const results = [];
  for (const [name, body] of Object.entries(bodies)) {
    for (const act of [parseDocument, lint]) {
      act(document(body, compared));
      const perKiB = kibibytes.map((size) => {
        const text = document(body, size);
        return (fastest(act, text) * 1024) / text.length;
      });
      const anchor = perKiB[kibibytes.indexOf(compared)];
      say(
        `${act.name}, ${name}: ${kibibytes.map((size, at) => `${size} KiB ${figure(perKiB[at] / anchor)}`).join(', ')}`,
      );
      const ours = Math.max(...perKiB.filter((_, at) => kibibytes[at] > compared));
      results.push(atMost(`${act.name}, ${name}: a KiB of a longer text`, factor, { ours, anchor }));
    }
  }
  return results;
}
