import { describe, expect, it } from 'vitest';
import { CloudEvent, HTTP } from 'cloudevents';
import { deployRequestSchema } from '@backstay/deployment';
import type { BusMessage } from '../bus/bus-message.ts';
import { decodeIntake, deployRequestedType, messageIdSource, sequenceSource } from './decode-intake.ts';
import { bodyDigest } from './identity.ts';

const request = { document: '# Deployment', environment: 'production', version: '2.4.0' };
const attributes = { specversion: '1.0', type: deployRequestedType, source: '/ci/notes-api', id: 'build-42' };
const event = { ...attributes, data: request };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const origin = { source: '/ci/notes-api', id: 'build-42', bodyDigest: bodyDigest(request) };
const accepted = { ok: true, origin, request };

const ceHeaders = {
  'ce-specversion': '1.0',
  'ce-type': deployRequestedType,
  'ce-source': '/ci/notes-api',
  'ce-id': 'build-42',
};

function message(body: unknown, headers: Record<string, string | string[]> = {}): BusMessage {
  const data =
    body instanceof Uint8Array
      ? body
      : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    stream: 'BACKSTAY_INTAKE',
    streamSequence: 17,
    time: '2026-01-01T00:00:00.000Z',
    subject: 'backstay.deploy-requested',
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()])),
    data,
  };
}

const structured = (body: unknown) => message(body, { 'content-type': 'application/cloudevents+json; charset=utf-8' });

describe('a structured CloudEvent', () => {
  it('is accepted with its own identity', () => {
    expect(decodeIntake(structured(event))).toEqual(accepted);
  });

  it('is recognised without a content type', () => {
    expect(decodeIntake(message(event))).toEqual(accepted);
  });

  it.each(['application/cloudevents', 'APPLICATION/CloudEvents+JSON'])('is recognised by %s', (type) => {
    expect(decodeIntake(message(event, { 'content-type': type }))).toEqual(accepted);
  });

  it('is known by source and id, not by the transport', () => {
    const { headers, ...rest } = structured(event);
    expect(decodeIntake({ ...rest, headers: { ...headers, 'nats-msg-id': ['other'] } })).toEqual(accepted);
  });

  it('may carry its data as base64', () => {
    const data_base64 = Buffer.from(JSON.stringify(request)).toString('base64');
    expect(decodeIntake(structured({ ...attributes, data_base64 }))).toEqual(accepted);
  });

  it('may carry Markdown', () => {
    const markdown = structured({ ...attributes, datacontenttype: 'text/markdown', data: '# Deployment' });
    expect(decodeIntake(markdown)).toMatchObject({ ok: true, request: { document: '# Deployment' } });
  });

  it('brings the trace context of its extension, else of the header', () => {
    expect(decodeIntake(structured({ ...event, traceparent }))).toEqual({ ...accepted, traceparent });
    expect(decodeIntake(message(event, { traceparent }))).toEqual({ ...accepted, traceparent });
    expect(decodeIntake(message(event, { traceparent: 'nonsense' }))).toEqual(accepted);
  });
});

describe('a binary CloudEvent', () => {
  it('is accepted with the attributes of its headers', () => {
    expect(decodeIntake(message(request, { ...ceHeaders, 'ce-datacontenttype': 'application/json' }))).toEqual(
      accepted,
    );
  });

  it('has its attributes percent-decoded', () => {
    const decoded = decodeIntake(message(request, { ...ceHeaders, 'ce-id': 'Euro%20%E2%82%AC%20%F0%9F%98%80' }));
    expect(decoded).toMatchObject({ ok: true, origin: { id: 'Euro € 😀' } });
  });

  it('may carry Markdown, with the content type in either header', () => {
    const headers = { ...ceHeaders, 'backstay-environment': 'production', 'backstay-version': '2.4.0' };
    expect(decodeIntake(message('# Deployment', { ...headers, 'ce-datacontenttype': 'text/markdown' }))).toEqual(
      accepted,
    );
    expect(
      decodeIntake(message('# Deployment', { ...headers, 'content-type': 'text/markdown; charset=utf-8' })),
    ).toEqual(accepted);
  });

  it.each([
    ['an attribute that is not UTF-8', { 'ce-id': '%C0%A0' }, /UTF-8/],
    ['an attribute that is given twice', { 'ce-id': ['1', '2'] }, /2 times/],
    ['a control character in its id', { 'ce-id': 'a%0Ab' }, /control characters/],
    ['data of a type that is not supported', { 'ce-datacontenttype': 'application/xml' }, /application\/xml/],
  ])('is parked with %s', (_, headers, parked) => {
    expect(decodeIntake(message(request, { ...ceHeaders, ...headers }))).toEqual({
      ok: false,
      parked: expect.stringMatching(parked),
    });
  });
});

describe('a CloudEvent that the SDK of CloudEvents has written', () => {
  const written = new CloudEvent({ ...attributes, datacontenttype: 'application/json', data: request });

  it.each([
    ['structured', HTTP.structured(written)],
    ['binary', HTTP.binary(written)],
  ])('is accepted in %s mode', (_mode, { headers, body }) => {
    expect(decodeIntake(message(body, headers as Record<string, string>))).toEqual(accepted);
  });
});

describe('a bare message', () => {
  it('of JSON is known by its Nats-Msg-Id', () => {
    expect(decodeIntake(message(request, { 'nats-msg-id': 'release-7' }))).toEqual({
      ok: true,
      origin: { source: messageIdSource, id: 'release-7', bodyDigest: bodyDigest(request) },
      request,
    });
  });

  it('without one is known by its place in the stream', () => {
    const decoded = decodeIntake(message(request, { 'content-type': 'application/json' }));
    expect(decoded).toMatchObject({ ok: true, origin: { source: sequenceSource, id: '2026-01-01T00:00:00.000Z/17' } });
  });

  it('of Markdown takes environment and version from headers', () => {
    const headers = {
      'content-type': 'text/markdown',
      'backstay-environment': 'production',
      'backstay-version': '2.4.0',
    };
    expect(decodeIntake(message('# Deployment', headers))).toMatchObject({ ok: true, request });
    expect(decodeIntake(message('# Deployment', { 'content-type': 'text/markdown' }))).toMatchObject({
      request: { document: '# Deployment' },
    });
  });
});

describe('a document without a content type', () => {
  const document = '# Deployment: notes 2.4.0\n\n## Deployment Scope\n- Name: notes\n';
  it.each([
    ['with a heading', document],
    ['with front matter', `---\ndeployment: 1\n---\n${document}`],
    ['with a byte order mark', `\uFEFF${document}`],
    ['with a comment before its heading', `<!-- - 1 -->\r\n\r\n${document.replaceAll('\n', '\r\n')}`],
    ['that begins with a list', `- 1 of 2\n\n${document}`],
    ['whose heading is underlined', `Deployment\n===\n\n${document.replace(/^#.*$/gm, '')}`],
    ['with a comment before a heading that is underlined', '<!-- 1 -->\nDeployment\n---\n'],
    ['that is a table', '| a |\n|---|\n'],
    ['that is a sentence', 'hello'],
    ['that begins with a quotation mark', '"hello" they said'],
    ['that begins with a number', '1. hello'],
    ['that begins with a link', `[runbook](https://example.org)\n\n${document}`],
  ])('%s is accepted as Markdown', (_, text) => {
    const given = { document: text.replace('\uFEFF', '') };
    const headers = { 'backstay-environment': 'production', 'backstay-version': '2.4.0' };
    expect(decodeIntake(message(text))).toMatchObject({ ok: true, request: given });
    expect(decodeIntake(message(text, headers))).toMatchObject({
      ok: true,
      request: { ...given, environment: 'production', version: '2.4.0' },
    });
    expect(decodeIntake(message(text, ceHeaders))).toMatchObject({
      ok: true,
      origin: { id: 'build-42' },
      request: given,
    });
  });

  it('is the same request as one with its content type, in either mode', () => {
    const ways = [
      message(document, ceHeaders),
      message(document, { ...ceHeaders, 'ce-datacontenttype': 'text/markdown' }),
      structured({ ...attributes, datacontenttype: 'text/markdown', data: document }),
      structured({ ...attributes, data: { document } }),
      message({ document }, ceHeaders),
    ].map((sent) => decodeIntake(sent));
    expect(new Set(ways.map((decoded) => JSON.stringify(decoded))).size).toBe(1);
    expect(ways[0]).toMatchObject({ ok: true, request: { document } });
  });

  it('without a heading is a document where a header of documents says so', () => {
    expect(decodeIntake(message('to be refused by its line', { 'backstay-version': '1' }))).toMatchObject({
      ok: true,
      request: { document: 'to be refused by its line', version: '1' },
    });
  });

  it('is no JSON that is broken', () => {
    const broken = '{ "document": "a",\n# Deployment\n}';
    expect(decodeIntake(message(broken))).toEqual({ ok: false, parked: expect.stringMatching(/not JSON/) });
  });
});

describe('a readable message that is not a request', () => {
  it('reports every problem and where it is', () => {
    const data = { document: '# A', plan: {}, environment: 'Production', evidence: [{ kind: '' }], 'a/b~c': 1 };
    const decoded = decodeIntake(structured({ ...attributes, data, traceparent }));
    expect(decoded).toMatchObject({
      ok: false,
      origin: { source: '/ci/notes-api', id: 'build-42' },
      data,
      traceparent,
    });
    const pointers = 'problems' in decoded ? decoded.problems.map(({ pointer }) => pointer) : [];
    expect(pointers).toEqual(expect.arrayContaining(['/environment', '/evidence/0/kind', '/a~1b~0c']));
  });

  it('reports what was expected', () => {
    const data = { document: 5, rehearse: 'yes', labels: [] };
    const decoded = decodeIntake(structured({ ...attributes, data }));
    expect('problems' in decoded ? decoded.problems.map(({ message }) => message) : []).toEqual(
      expect.arrayContaining([
        'expected a text, not 5',
        'expected true or false, not “yes”',
        'expected names with their values, not a list',
      ]),
    );
  });

  it('is refused as a whole when it has both document and plan, or neither', () => {
    for (const data of [{ document: '# A', plan: {} }, {}]) {
      expect(decodeIntake(structured({ ...attributes, data }))).toMatchObject({
        ok: false,
        problems: [{ pointer: '', message: 'expected exactly one of `document` and `plan`' }],
      });
    }
  });

  it('names what is not known, and what is', () => {
    const data = { document: '# A', rehearsed: true, evidence: [{ kind: 'junit', pth: 'a', sha256: 'a'.repeat(64) }] };
    const decoded = decodeIntake(structured({ ...attributes, data }));
    expect('problems' in decoded ? decoded.problems : []).toMatchObject([
      {
        pointer: '/evidence/0/pth',
        message: expect.stringContaining('expected one of kind, path, url, sha256, commit'),
      },
      { pointer: '/rehearsed', message: expect.stringMatching(/“rehearsed” is not known here; .*did you mean/) },
    ]);
  });

  /** A wrong value for every member of the schema: a member without one fails here. */
  const wrong: Readonly<Record<keyof typeof deployRequestSchema.shape, readonly unknown[]>> = {
    document: [5, null, ['# A'], 'a'.repeat(262_145)],
    plan: ['{}', null, []],
    environment: [5, null, 'Production', 'two words', ''],
    version: [2.4, null, '', ['2.4.0']],
    requestedBy: [5, null, ''],
    reason: [5, null, {}],
    commit: [1234567, null, 'main', 'ABCDEF0'],
    workspace: [5, null, '../elsewhere', ''],
    notify: ['ops', null, [], { slack: 5 }],
    labels: ['a=b', null, [], { team: 5 }],
    evidence: ['report.xml', null, {}, ['report.xml'], [{ kind: 'junit' }], [{ kind: 'unheard-of', sha256: 'a' }]],
    overrides: ['all', null, {}, ['metric'], [{ code: 'metric' }], [{ code: 'metric', reason: ' ' }]],
    rehearse: ['yes', 'true', 1, null, {}],
  };
  const wrongs = Object.entries(wrong).flatMap(([member, values]) => values.map((value) => [member, value] as const));

  it('has a wrong value for every member', () => {
    expect(Object.keys(wrong).sort()).toEqual(Object.keys(deployRequestSchema.shape).sort());
  });

  it.each(wrongs)('is never a request when its member %s is %j, and the problem names the member', (member, value) => {
    const given = { ...(member === 'plan' ? {} : { document: '# A' }), [member]: value };
    for (const sent of [structured({ ...attributes, data: given }), message(given), message(given, ceHeaders)]) {
      const decoded = decodeIntake(sent);
      const pointers = 'problems' in decoded ? decoded.problems.map(({ pointer }) => pointer) : [];
      expect(pointers).toContainEqual(expect.stringMatching(new RegExp(`^/${member}(/|$)`)));
    }
  });

  it.each([
    [
      'an unknown header of ours',
      { 'backstay-rehearse': 'yes' },
      /backstay-rehearse is not known here; expected one of/,
    ],
    ['a misspelt one', { 'backstay-enviroment': 'staging' }, /did you mean.*backstay-environment/],
    ['a header given twice', { 'backstay-environment': ['staging', 'production'] }, /is given 2 times/],
  ])('is refused with %s beside Markdown', (_, headers, reason) => {
    expect(decodeIntake(message('# A', { 'content-type': 'text/markdown', ...headers }))).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringMatching(reason) }],
    });
  });

  it('is refused with a header that only Markdown takes, which would be ignored', () => {
    expect(decodeIntake(message(request, { 'backstay-environment': 'staging' }))).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('write `environment` into the request') }],
    });
  });

  it('keeps its identity when its data are no object', () => {
    expect(decodeIntake(structured({ ...attributes, data: [1] }))).toMatchObject({
      ok: false,
      origin: { id: 'build-42' },
      problems: [{ pointer: '' }],
    });
  });
});

describe('an unreadable message is parked', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  it.each<[string, BusMessage, RegExp]>([
    ['no JSON', message('{hello'), /not JSON/],
    ['bytes that are UTF-8 and no text', message(Uint8Array.of(0x50, 0x4b, 0x03, 0x04)), /no text/],
    ['blank', message(' \n'), /empty/],
    ['JSON that is a text', message('"hello"'), /not a JSON object/],
    [
      'a name twice',
      message('{"document":"# A","rehearse":true,"rehearse":false}'),
      /twice in one object: \/rehearse, in line 1/,
    ],
    ['a name twice in an event', message('{"specversion":"1.0","id":"a","id":"b"}'), /twice in one object: \/id/],
    [
      'a name twice deep inside',
      structured('{"specversion":"1.0","data":{"labels":{"a":"1","a":"2"}}}'),
      /: \/data\/labels\/a/,
    ],
    ['bytes that are no UTF-8', message(Uint8Array.of(0xff, 0xfe, 0x7b)), /not UTF-8/],
    ['nothing', message(''), /neither JSON nor a document/],
    ['JSON that is not an object', message('[1]'), /not a JSON object/],
    ['another content type', message('<a/>', { 'content-type': 'application/xml' }), /application\/xml/],
    ['a batch', message([event], { 'content-type': 'application/cloudevents-batch+json' }), /batches/],
    ['another event format', message('x', { 'content-type': 'application/cloudevents+avro' }), /avro/],
    ['another specversion', structured({ ...event, specversion: '0.3' }), /specversion 0\.3/],
    ['a sniffed one of another specversion', message({ ...event, specversion: '2.0' }), /specversion 2\.0/],
    ['another type', structured({ ...event, type: 'dev.backstay.deploy-requested.v2' }), /type is/],
    ['no id', structured({ ...event, id: undefined }), /no id/],
    ['an empty source', structured({ ...event, source: '' }), /no source/],
    ['an attribute that is an object', structured({ ...event, id: {} }), /attribute id/],
    ['no data', structured({ ...event, data: undefined }), /no data/],
    ['data twice', structured({ ...event, data_base64: 'e30=' }), /both/],
    ['base64 that is none', structured({ ...attributes, data_base64: '*' }), /base64/],
    ['a structured one that is not an object', structured('[]'), /not a JSON object/],
    ['an empty Nats-Msg-Id', message(request, { 'nats-msg-id': '' }), /Nats-Msg-Id/],
    [
      'data nested too deeply',
      structured(`{"specversion":"1.0","type":"${deployRequestedType}","source":"a","id":"b","data":${deep}}`),
      /deeply/,
    ],
  ])('when it is %s', (_, unreadable, reason) => {
    expect(decodeIntake(unreadable)).toEqual({ ok: false, parked: expect.stringMatching(reason) });
  });
});

describe('the publisher', () => {
  const on = (subject: string, body: unknown, headers: Record<string, string> = {}) => ({
    ...message(body, headers),
    subject,
  });

  it.each<[string, unknown, Record<string, string>]>([
    ['a structured CloudEvent', { ...event, publisher: 'root', data: { ...request, requestedBy: 'root' } }, {}],
    ['bare JSON', { ...request, requestedBy: 'root' }, { 'nats-msg-id': 'a' }],
    ['binary mode', request, { ...ceHeaders, 'ce-publisher': 'root' }],
    ['what is no request', { publisher: 'root' }, { 'nats-msg-id': 'b' }],
  ])('is the one of the subject, whatever %s claims', (_, body, headers) => {
    expect(decodeIntake(on('backstay.deploy-requested.ci', body, headers))).toMatchObject({
      origin: { publisher: 'ci' },
    });
  });

  it('is nobody on the subject of everybody', () => {
    expect(decodeIntake(structured(event))).toHaveProperty('origin', origin);
  });

  it.each(['backstay.deploy-requested.c%i', 'backstay.deploy-requested.a.b', 'backstay.deploy-requested.\u0001'])(
    'whose name nobody can have is parked: %j',
    (subject) => {
      expect(decodeIntake(on(subject, event))).toEqual({
        ok: false,
        parked: expect.stringContaining('name of a publisher'),
      });
    },
  );
});

describe('the inbox for the reply', () => {
  const inbox = '_INBOX.abc.1';
  const kinds: [string, unknown, Record<string, string>][] = [
    ['JSON', request, {}],
    ['Markdown', '# Deployment', { 'content-type': 'text/markdown' }],
    ['a binary CloudEvent', request, ceHeaders],
    ['what is no request', { document: 7 }, {}],
  ];

  it.each(kinds)('is that of the header, with %s', (_, body, headers) => {
    expect(decodeIntake(message(body, { ...headers, 'backstay-reply-to': inbox }))).toMatchObject({ replyTo: inbox });
    expect(decodeIntake(message(body, headers))).not.toHaveProperty('replyTo');
  });

  it.each(
    kinds.flatMap(([kind, body, headers]) =>
      ['backstay.events.x', '_INBOX.>', '_INBOX.planning.x', ''].map((value) => [value, kind, body, headers] as const),
    ),
  )('%j is refused with %s, and is nowhere to reply to', (value, _, body, headers) => {
    const intake = decodeIntake(message(body, { ...headers, 'backstay-reply-to': value }));
    expect(intake).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        { pointer: '', code: 'invalid_header', message: expect.stringContaining('backstay-reply-to names no inbox') },
      ]),
    });
    expect(intake).not.toHaveProperty('replyTo');
  });

  it('given twice is refused, and is nowhere to reply to', () => {
    const intake = decodeIntake(message(request, { 'backstay-reply-to': [inbox, '_INBOX.other'] }));
    expect(intake).toMatchObject({ ok: false, problems: [{ code: 'invalid_header' }] });
    expect(intake).not.toHaveProperty('replyTo');
  });
});
