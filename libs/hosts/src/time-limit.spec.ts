import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { timeLimit } from './time-limit.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a time limit', () => {
  it('ends what waits for a signal that was made of it, whatever was collected meanwhile', async () => {
    const other = new AbortController();
    const waiting = pause(5_000, 'never', { signal: AbortSignal.any([timeLimit(200), other.signal]) });
    const collected = pause(20).then(collectGarbage);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } });
    await collected;
  });
});
