import { describe, expect, it } from 'vitest';
import { at, foldDeployment, histories, minutes } from '@backstay/deployment/testing';
import { patienceMs, StallWatch } from './stall.ts';

const standing = foldDeployment(histories.performing('deploy.1'));

/** What the watch returns when it looks at these moments, in milliseconds. */
function looksAt(times: readonly number[], states = times.map(() => standing)): readonly number[] {
  const watch = new StallWatch();
  return times.filter((time, index) => {
    const outcome = watch.look({ id: 'd-1', state: states[index] ?? standing, now: () => at(time) });
    return !('lookAgainAt' in outcome) && outcome.length > 0;
  });
}
const everyMinute = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => minutes(index));

describe('a stall', () => {
  it('is looked at once a minute, and when its time is over', () => {
    const watch = new StallWatch();
    const again = (time: number) => watch.look({ id: 'd-1', state: standing, now: () => at(time) });
    expect(again(0)).toEqual({ lookAgainAt: at(minutes(1)) });
    expect(again(minutes(1))).toEqual({ lookAgainAt: at(minutes(2)) });
    for (let minute = 2; minute < 9; minute += 1) again(minutes(minute));
    expect(again(minutes(9.5))).toEqual({ lookAgainAt: at(patienceMs) });
    expect(again(patienceMs)).toEqual([{ type: 'EndStall', at: at(patienceMs) }]);
  });

  it('is ended after it was seen to last', () => {
    expect(looksAt(everyMinute(12))).toEqual([patienceMs, patienceMs + minutes(1)]);
  });

  it('is not ended by who has just come back, however long ago it began', () => {
    expect(looksAt([minutes(600)])).toEqual([]);
    expect(looksAt([...everyMinute(9), minutes(300), minutes(301)])).toEqual([]);
  });

  it('is seen anew when something was recorded meanwhile', () => {
    const moved = { ...standing, movedAt: at(minutes(5)) } as typeof standing;
    const states = everyMinute(12).map((_, index) => (index < 5 ? standing : moved));
    expect(looksAt(everyMinute(12), states)).toEqual([]);
  });

  it('is none where nothing goes forward', () => {
    const ended = foldDeployment(histories.succeeded());
    expect(
      looksAt(
        everyMinute(20),
        everyMinute(20).map(() => ended),
      ),
    ).toEqual([]);
  });
});
