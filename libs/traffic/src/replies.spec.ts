import { describe, expect, it } from 'vitest';
import { serversIn } from './replies.ts';

const states = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight
3 b 1 old 127.0.0.1 2 0 26 100
3 b 2 new 127.0.0.1 1 0 3 0

`;
const statistics = `# pxname,svname,status,weight,act,bck,
b,old,UP 2/3,26,1,0,
b,new,no check,2,1,0,

`;

describe('the servers in the reply of HAProxy', () => {
  it('have their weights, what is reckoned with, and how they are', () => {
    expect(serversIn(states, statistics, 'b')).toMatchObject([
      {
        name: 'old',
        weight: 26,
        initialWeight: 100,
        effectiveWeight: 26,
        state: 'UP 2/3',
        serving: true,
        warmsUp: false,
      },
      { name: 'new', weight: 3, initialWeight: 0, effectiveWeight: 2, state: 'no check', serving: true, warmsUp: true },
    ]);
  });

  it.each(['DOWN', 'DOWN 1/2', 'MAINT', 'MAINT (via b/other)', 'DRAIN', 'NOLB', 'UPSIDE'])(
    'do not serve: %s',
    (state) => {
      expect(serversIn(states, statistics.replace('UP 2/3', state), 'b')[0]).toMatchObject({ state, serving: false });
    },
  );

  it('are none of a backend that is not there', () => {
    expect(() => serversIn("Can't find backend.\n\n", '', 'b')).toThrow('there is no backend b');
  });

  it.each([
    ['nothing', '\n', statistics],
    ['another version of the table', states.replace('1\n', '2\n'), statistics],
    ['a page', 'HTTP/1.1 400 Bad Request\n', statistics],
    ['an unknown command', states, 'Unknown command, but maybe one of the following ones is a better match:\n'],
    ['a server too few', states, statistics.replace(/b,new.*\n/, '')],
    ['another server', states, statistics.replace('b,new', 'b,other')],
    ['no number', states.replace('26 100', 'x 100'), statistics],
    ['no effective weight', states, statistics.replace('UP 2/3,26', 'UP 2/3,')],
    ['no state', states, statistics.replace('UP 2/3', '')],
    ['no columns of that name', states.replace('srv_uweight', 'weight'), statistics],
  ])('are not guessed from %s', (_what, one, other) => {
    expect(() => serversIn(one, other, 'b')).toThrow(/is not understood/);
  });
});
