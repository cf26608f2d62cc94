import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs, size } from '@backstay/event-sourcing/testing';
import { formsOf, innerHalf, likeEscapes, nestedForms, secretValues } from '../testing/secret-forms.ts';
import { MASK, openParts, redactor, shortValueWatch } from './redactor.mjs';

describe('redactor', () => {
  it('masks a value wherever it stands', () => {
    expect(redactor(['s3cr3t/value']).text('a s3cr3t/value, twice: s3cr3t/value')).toBe('a ***, twice: ***');
  });

  it.each([
    ['URL-encoded', encodeURIComponent('p@ss w/rd"+')],
    ['URL-encoded as a form', encodeURIComponent('p@ss w/rd"+').replaceAll('%20', '+')],
    ['JSON-escaped', JSON.stringify('p@ss w/rd"+').slice(1, -1)],
  ])('masks it %s', (_form, shown) => {
    expect(redactor(['p@ss w/rd"+']).text(`<${shown}>`)).toBe('<***>');
  });

  it.each(['', 'u:', 'us:', 'usr:'])('masks it in base64 behind %j', (before) => {
    const encoded = Buffer.from(`${before}a-long-password!`).toString('base64');
    expect(redactor(['a-long-password!']).text(encoded)).toMatch(/^.{0,6}\*\*\*.{0,3}$/);
  });

  it('masks it where it became part of a host', () => {
    const { host } = new URL('https://T0P-S3cret.example.com/');
    expect(redactor(['T0P-S3cret']).text(`${host} refused`)).toBe('***.example.com refused');
    expect(redactor(['Orders']).text('orders')).toBe('orders');
  });

  it('masks the password of a connection string that is shown alone', () => {
    expect(redactor(['postgres://app:hunter%212@db/orders']).text('refused hunter!2 and hunter%212')).toBe(
      'refused *** and ***',
    );
  });

  it('masks the lines of a key that are shown alone', () => {
    expect(redactor(['-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----']).text('line MIIEvQIBADANBg')).toBe('line ***');
  });

  it('prefers the longer of two values that begin alike', () => {
    expect(redactor(['abcd', 'abcdef']).text('abcdef abcd')).toBe('*** ***');
  });

  it('leaves values alone that are too short to hide', () => {
    expect(redactor(['1', '']).text('1 of 10')).toBe('1 of 10');
  });
});

const urlBase64 = (text: string) => Buffer.from(text).toString('base64url');
const bytesOf = (text: string) => Buffer.from(text);

/** What is shown of a text that arrives in these pieces. */
function shownInPieces(values: readonly string[], pieces: readonly Uint8Array[]): string {
  const bytes = redactor(values).bytes();
  return Buffer.concat([...pieces.map((piece) => bytes.write(piece)), bytes.end()]).toString();
}

describe('redactor over a stream', () => {
  const values = ['abcd', 'abcdefgh', 'dxyz1'];
  const text = 'abc abcd abcdefg abcdefgh dxyz1 abcdxyz1 ünd abcdef';

  it('gives the same text for every way of cutting it', () => {
    const shown = redactor(values).text(text);
    const bytes = bytesOf(text);
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 1) {
        const parts = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(shownInPieces(values, parts)).toBe(shown);
      }
    }
  });

  it('holds back no more than the beginning of a value', () => {
    const bytes = redactor(['password']).bytes();
    const write = (chunk: string) => Buffer.from(bytes.write(bytesOf(chunk))).toString();
    expect(write('the pass')).toBe('the ');
    expect(write('age is free')).toBe('passage is free');
    expect(Buffer.from(bytes.end()).toString()).toBe('');
  });

  it('masks the beginning of a value where the text was cut', () => {
    expect(redactor(['correct-horse-battery']).text('it said: "correct-hors')).toBe(`it said: "${MASK}`);
    expect(redactor(['correct-horse-battery']).text('it said: "correct')).toBe('it said: "correct');
  });

  it('leaves the scheme of a URL at the end of a text, which discloses none', () => {
    const { text } = redactor(['postgres://app:s3cret-pass@db:5432/orders']);
    for (const plain of ['cannot connect to postgres', 'migrating postgres\n', 'expected postgres://'])
      expect(text(plain)).toBe(plain);
    expect(text('it said: postgres://app:s3c')).toBe(`it said: ${MASK}`);
  });

  it('shows a value neither whole nor in overlapping halves, however long the run is that holds it', () => {
    const repeated = 'abcabcabcabc'.repeat(20_000);
    const pieces = Array.from({ length: 60 }, (_, index) =>
      bytesOf(repeated.slice(index * 4_000, (index + 1) * 4_000)),
    );
    expect(shownInPieces(['abcabcabcabc'], pieces)).toBe(MASK);
  });
});

describe('what is derived from a secret', () => {
  it.each([
    ['a text of its JSON', '{"type":"service","keys":[{"id":7,"value":"leaf-of-the-tree"}]}', 'leaf-of-the-tree'],
    ['a number of its JSON', '{"account":123456789012}', '123456789012'],
    ['a number of its JSON as it is written', '{"n":12345678901234567890}', '12345678901234567890'],
    ['a number of its JSON as doubles show it', '{"n":12345678901234567890}', '12345678901234567000'],
    ['a fraction of its JSON as it is written', '[-1.50000000000000000001e+10]', '-1.50000000000000000001e+10'],
    ['the first of two texts of one key', '{"a":"leafsecret98","a":"leafsecret99"}', 'leafsecret98'],
    ['a text of JSON that is assigned', 'A={"a":"leafsecret99"}', 'leafsecret99'],
    ['a text of JSON that is assigned in quotes', `export A='{"a":["leafsecret99"]}'`, 'leafsecret99'],
    ['a text of JSON that is assigned as a text', 'A="{\\"a\\":\\"leafsecret99\\"}"', 'leafsecret99'],
    ['a text of the second JSON that is assigned', 'A={"a":"b"} B = [1, "leafsecret99"]', 'leafsecret99'],
    ['a number of JSON that is assigned', 'A={"a":12345678901234567890}', '12345678901234567890'],
    ['a text of JSON behind a word', 'Credentials {"a":"leafsecret99"} {', 'leafsecret99'],
    ['the password of the second URL', 'https://u:passpass1@h,https://u:passpass2@i', 'passpass2'],
    ['the password of the first URL', 'https://u:passpass1@h,https://u:passpass2@i', 'passpass1'],
    ['the password of a third URL', 'https://a@h | "https://h"; nats://u:passpass3@i/x', 'passpass3'],
    ['the key of a second URL', 'https://h/x?key=passpass1 https://h/y?key=passpass2', 'passpass2'],
    ['the password of a second host', 'nats://u:passpass1@h:4222,u:passpass2@i:4222', 'passpass2'],
    ['the password of a first host', 'nats://u:passpass1@h:4222,u:passpass2@i:4222', 'passpass1'],
    ['the password of a URL that is assigned', 'DB=postgres://u:passpass1@h/x', 'passpass1'],
    ['the password of a URL within a URL', 'jdbc:postgresql://h/x?user=a&password=passpass1', 'passpass1'],
    ['the password in its basic scheme for URLs', `Basic ${urlBase64('user:~~????~~~')}`, '~~????~~~'],
    ['the user of its URL', 'https://long-user-name@example.com/x.git', 'long-user-name'],
    ['the password of its URL', 'amqp://app:s3cret%2Fpass@mq:5672/', 's3cret/pass'],
    ['a value of its query', 'https://hooks.example.com/x?channel=1&sig=Zk9%2Bq1w2e3', 'Zk9+q1w2e3'],
    ['the word behind its scheme', 'Bearer abcdef0123456', 'abcdef0123456'],
    ['the words behind a scheme', 'AWS4-HMAC-SHA256 Credential=AKIAXYZ12, Signature=fe5f80f77d5fa3', 'fe5f80f77d5fa3'],
    ['the password in its basic scheme', `Basic ${btoa('user:in-the-clear')}`, 'in-the-clear'],
    ['the value of its header', 'Authorization: Bearer abcdef0123456', 'abcdef0123456'],
    ['the password of its pair', 'deploy:correct-horse', 'correct-horse'],
    ['the password of its connection string', 'Server=db;User=app;Password=correct-horse;', 'correct-horse'],
    ['a URL in its JSON', '{"db":"postgres://app:deep-inside@db/x"}', 'deep-inside'],
  ])('is masked: %s', (_what, secret, part) => {
    expect(redactor([secret]).text(`<${part}>`)).toBe(`<${MASK}>`);
    expect(redactor([secret]).text(`<${secret}>`)).toBe(`<${MASK}>`);
  });

  it('is left alone when it has fewer than 8 bytes', () => {
    const text = 'app on db:5432, query 1, scheme Bearer';
    expect(redactor(['postgres://app:1234567@db:5432/x?a=1', 'Bearer 1234567']).text(text)).toBe(text);
    expect(redactor(['postgres://app:1234567@db:5432/x?a=1']).text('1234567')).toBe('1234567');
  });

  it('is left alone when a public value shows it, and so is a secret that is public', () => {
    const secret = 'https://orders-api:hunter22222@host/?version=2.4.0-rc.10';
    const open = ['orders-api', '2.4.0-rc.10', 'production'];
    const text = 'orders-api 2.4.0-rc.10 in production: hunter22222';
    expect(redactor([secret, 'production'], open).text(text)).toBe(`orders-api 2.4.0-rc.10 in production: ${MASK}`);
    expect(openParts(secret, open)).toEqual(['orders-api', '2.4.0-rc.10']);
    expect(openParts('production', open)).toEqual(['production']);
    expect(openParts('hunter22222', open)).toEqual([]);
  });
});

describe('every form of a secret', () => {
  const text = fc.array(fc.constantFrom(...Array.from(`abcXYZ0189"'/<>+ $=-_äö漢😀\n\t`)), {
    minLength: 10,
    maxLength: 40,
  });
  const secrets = text.map((parts) => `k${parts.join('')}k`);

  it('is masked, also within another form', () => {
    let count = 0;
    fc.assert(
      fc.property(secrets, (secret) => {
        const { text: shown } = redactor([secret]);
        for (const [name, form] of [...formsOf(secret), ...nestedForms(secret)]) {
          count += 1;
          expect([name, secret, shown(`before ${form} after`).includes(innerHalf(form))]).toEqual([
            name,
            secret,
            false,
          ]);
        }
      }),
      runs(size(200, 8)),
    );
    console.info(`${count} forms of secrets in texts: none shown`);
  });

  const lookalikes = fc
    .array(fc.oneof(fc.constantFrom(...likeEscapes), fc.constantFrom(...Array.from('abcdnrtuxXf0149"+/ $=-<>'))), {
      minLength: 8,
      maxLength: 24,
    })
    .map((parts) => `k${parts.join('')}k`);
  const neighbours = fc.constantFrom(['', ''], ['{"a":"', '","b":1}'], ['x=', '&y=2'], ["'", "'"], ['/path/', '/n']);

  it('is masked where the secret itself looks like escapes, and two programs escaped it one after the other', () => {
    let count = 0;
    fc.assert(
      fc.property(lookalikes, neighbours, (secret, [before, after]) => {
        const { text: shown } = redactor([secret]);
        const forms = new Map(nestedForms(`${before}${secret}${after}`));
        for (const [name, form] of nestedForms(secret)) {
          count += 1;
          const text = `before ${forms.get(name)} after`;
          expect([name, secret, text, shown(text).includes(innerHalf(form))]).toEqual([name, secret, text, false]);
        }
      }),
      runs(size(200, 8)),
    );
    console.info(`${count} forms of secrets that look like escapes: none shown`);
  });

  it('is masked within four encodings one in another, also cut anywhere', () => {
    const encoders = [btoa, (text: string) => Buffer.from(text).toString('hex'), JSON.stringify, encodeURIComponent];
    const secret = String.raw`k%4\"1&x+/9 secret\n`;
    const nesting = fc.array(fc.constantFrom(...encoders), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(nesting, fc.integer({ min: 1, max: 40 }), (nested, width) => {
        const form = nested.reduce((text, encode) => encode(text), secret);
        const bytes = bytesOf(`before ${form} after`);
        const pieces = Array.from({ length: Math.ceil(bytes.length / width) }, (_, index) =>
          bytes.subarray(index * width, (index + 1) * width),
        );
        expect(shownInPieces([secret], pieces)).not.toContain(innerHalf(form));
        expect(redactor([secret]).text(bytes.toString())).not.toContain(innerHalf(form));
      }),
      runs(100),
    );
  });

  it('is withheld with the text around it where it is nested deeper than is searched', () => {
    const nested = (text: string, depth: number): string => (depth === 0 ? text : nested(btoa(text), depth - 1));
    const { text: shown } = redactor(['correct-horse-battery']);
    const form = nested('of another: correct-horse-battery, and more', 7);
    expect(shown(`<${form}>`)).not.toContain(innerHalf(form));
    const harmless = `<${nested('what is no secret at all', 3)}>`;
    expect(shown(harmless)).toBe(harmless);
  });

  const inBrackets = (text: string, depth: number) => '['.repeat(depth) + text + ']'.repeat(depth);
  const inJson = (text: string, depth: number): string =>
    depth === 0 ? text : inJson(JSON.stringify([text]), depth - 1);

  it.each([100, 10_000, 200_000])('is masked by the leaf of its JSON, however deep: %i brackets', (depth) => {
    const { text: shown } = redactor([inBrackets('"correct-horse-battery"', depth)]);
    expect(shown('a correct-horse-battery, alone')).toBe('a ***, alone');
    expect(shown(inBrackets('"another text"', depth))).toBe(inBrackets('"another text"', depth));
  });

  it('is masked within JSON that nobody could read for its depth, closed or not', () => {
    const { text: shown } = redactor(['correct-horse-battery']);
    const deep = inBrackets('"correct-horse-battery"', 200_000);
    expect(shown(deep)).toBe(inBrackets('"***"', 200_000));
    expect(shown(deep.slice(0, -200_000))).toBe(inBrackets('"***"', 200_000).slice(0, -200_000));
  });

  it('of JSON in texts of JSON is masked by its leaf as deep as its parts are looked for, and as a whole beyond', () => {
    for (const depth of [1, 3, 6])
      expect(redactor([inJson('correct-horse-battery', depth)]).text('a correct-horse-battery')).toBe('a ***');
    const beyond = inJson('correct-horse-battery', 9);
    expect(redactor([beyond]).text(`a ${beyond}`)).toBe('a ***');
  });

  it('is masked in every chunking as it is in one piece', () => {
    fc.assert(
      fc.property(secrets, fc.integer({ min: 1, max: 40 }), (secret, size) => {
        for (const [name, form] of formsOf(secret)) {
          const bytes = bytesOf(`before ${form} after`);
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          );
          expect([name, shownInPieces([secret], pieces)]).toEqual([name, redactor([secret]).text(bytes.toString())]);
        }
      }),
      runs(size(200, 8)),
    );
  });

  it('is masked for 65 secrets at once, and what is no secret is not', () => {
    const values = secretValues(65);
    const { text: shown } = redactor(values);
    let count = 0;
    for (const [index, secret] of values.entries())
      for (const [name, form] of [...formsOf(secret), ...(index < size(65, 13) ? nestedForms(secret) : [])]) {
        count += 1;
        expect([name, secret, shown(`before ${form} after`).includes(innerHalf(form))]).toEqual([name, secret, false]);
      }
    const open = 'orders-api 2.4.0 production {"level":"info","path":"/v1/orders?limit=10","ms":12} 100 % c0ffee';
    expect(shown(open)).toBe(open);
    console.info(`${values.length} secrets, ${count} forms: none shown`);
  });
});

describe('bytes in hex as PostgreSQL writes them', () => {
  const secret = 'Tr0ub4dor&3-horse';
  const inHex = (text: string) => Buffer.from(text).toString('hex');
  const hex = inHex(secret);
  it.each([
    ['in a query', `SELECT '\\x${hex}'::bytea`, `SELECT '\\x***'::bytea`],
    ['in COPY', `1\t\\\\x${hex}\t\\N`, `1\t\\\\x***\t\\N`],
    ['in JSON', `{"a":"\\\\x${hex}"}`, `{"a":"\\\\x***"}`],
    ['in capitals', `\\x${hex.toUpperCase()}`, '\\x***'],
    ['with others around them', `\\x${inHex(`{"a":"${secret}"}`)}`, `\\x${inHex('{"a":"')}***${inHex('"}')}`],
    ['behind bytes that are no text', `\\x00ff00${hex}ff`, '\\x00ff00***ff'],
    [
      'in base64',
      `\\x${inHex(`user:${btoa(`${secret}!!!!!!!`)}`)}`,
      expect.not.stringContaining(inHex(btoa(secret).slice(4, 16))),
    ],
  ])('show no secret %s', (_where, text, shown) => {
    expect(redactor([secret]).text(text)).toEqual(shown);
    const pieces = Array.from(text, (character) => bytesOf(character));
    expect(shownInPieces([secret], pieces)).toEqual(shown);
  });

  it.each([
    '%41secret-of-41',
    '\\n\\t-secret-of',
    '&amp;-secret-of-it',
    '"quoted-secret"',
    'ünder-the-secret',
    '4142434445464748',
  ])('show no secret that begins with an escape: %s', (value) => {
    const text = `(\\x${inHex(value)})`;
    expect(redactor([value]).text(text)).not.toContain(innerHalf(inHex(value)));
    expect(
      shownInPieces(
        [value],
        Array.from(text, (character) => bytesOf(character)),
      ),
    ).toBe(redactor([value]).text(text));
  });

  it('show no secret that was escaped before, far behind their beginning and however they are cut', () => {
    const escaped = inHex('harmless words '.repeat(20) + JSON.stringify('Tr0"ub4\\\\dor-horse'));
    for (const size of [1, 7, 64]) {
      const text = `'\\x${escaped}'`;
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        bytesOf(text.slice(at * size, (at + 1) * size)),
      );
      expect(shownInPieces(['Tr0"ub4\\\\dor-horse'], pieces)).not.toContain(inHex('dor-horse'));
    }
  });

  it('and what is an escape stays one', () => {
    expect(redactor(['a"bcdef01-23']).text('a\\x22bcdef01\\x2d23')).toBe(MASK);
    const harmless = `\\x${inHex('nothing that anybody hides')}`;
    expect(redactor([secret]).text(harmless)).toBe(harmless);
  });
});

describe('a secret that is too short to be masked', () => {
  it.each(['pin=4711', 'pin="47\\u00311"', 'pin%3D%34%37%31%31'])('is noticed in %j', (text) => {
    expect(shortValueWatch(['4711'])(bytesOf(text))).toBe(true);
  });

  it('is noticed across chunks, and not where it is not', () => {
    const holds = shortValueWatch(['4711']);
    expect([holds(bytesOf('pin=47')), holds(bytesOf('11'))]).toEqual([false, true]);
    expect(shortValueWatch(['4711'])(bytesOf('47 and 11 are 58'))).toBe(false);
  });
});
