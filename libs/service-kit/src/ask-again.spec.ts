import { describe, expect, it } from 'vitest';
import { askAgain, type AskAgainOptions } from './ask-again.ts';

/** What is found where the source gives these replies, the last one for ever, and how often it was asked. */
async function asked(replies: readonly string[], options: AskAgainOptions = {}) {
  let asks = 0;
  const ask = () => Promise.resolve(replies[Math.min((asks += 1), replies.length) - 1]!);
  const found = await askAgain(ask, (reply) => reply === 'error', { pausesMs: [1, 1], ...options });
  return { found, asks };
}

describe('a source that is read before anything is decided', () => {
  it('is asked once where it replies', async () => {
    expect(await asked(['pass', 'error'])).toEqual({ found: 'pass', asks: 1 });
  });

  it('is asked again after a hiccup, and the later reply counts', async () => {
    expect(await asked(['error', 'pass'])).toEqual({ found: 'pass', asks: 2 });
    expect(await asked(['error', 'error', 'pass'])).toEqual({ found: 'pass', asks: 3 });
  });

  it('is given up after three questions', async () => {
    expect(await asked(['error'])).toEqual({ found: 'error', asks: 3 });
  });

  it('is given up when the budget has no space for the next pause', async () => {
    expect(await asked(['error'], { budgetMs: 20, pausesMs: [1, 60_000] })).toEqual({ found: 'error', asks: 2 });
  });

  it('is asked no more when the asking is ended', async () => {
    const signal = AbortSignal.abort();
    expect(await asked(['error'], { pausesMs: [60_000], signal })).toEqual({ found: 'error', asks: 1 });
  });
});
