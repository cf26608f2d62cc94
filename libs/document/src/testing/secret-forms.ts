const octets = (text: string) => [...new TextEncoder().encode(text)];
const base64 = (text: string) => btoa(String.fromCharCode(...octets(text)));
const bytes = (text: string) => octets(text).map((byte) => byte.toString(16).padStart(2, '0'));
const units = (text: string) => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
const unit = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** How programs escape a text so that it may stand within another. */
const escapes: Record<string, (text: string) => string> = {
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in ASCII': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[^ -~]/g, (character) => unit(character.charCodeAt(0))),
  'JSON for scripts': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[<>&']/g, (character) => unit(character.charCodeAt(0))),
  'JSON with slashes': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  HTML: (text) => text.replace(/[&<>"']/g, (character) => entities[character]!),
  'HTML numbers': (text) =>
    Array.from(text)
      .map((character) => `&#${character.codePointAt(0)};`)
      .join(''),
  'HTML numbers in hex': (text) =>
    text.replace(/[^\w ]/gu, (character) => `&#x${character.codePointAt(0)!.toString(16)};`),
  'single quotes of a shell': (text) => text.replaceAll("'", "'\\''"),
  'double quotes of a shell': (text) => text.replace(/[\\"$`]/g, '\\$&'),
  'backslashes of a shell': (text) => text.replace(/[^\w\n]/gu, '\\$&'),
  URL: encodeURIComponent,
  'whole URL': encodeURI,
  'URL in small letters': (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  'URL, every byte': (text) =>
    bytes(text)
      .map((byte) => `%${byte}`)
      .join(''),
  form: (text) => new URLSearchParams([['', text]]).toString().slice(1),
};

/** How bytes are written in letters; with neighbours, since those decide the letters at either end. */
const encodings: Record<string, (text: string) => string> = {
  hex: (text) => bytes(text).join(''),
  'hex in capitals': (text) => bytes(text).join('').toUpperCase(),
  'bytes of a shell': (text) =>
    bytes(text)
      .map((byte) => `\\x${byte}`)
      .join(''),
  'bytes of PostgreSQL': (text) => `\\x${bytes(text).join('')}`,
  'JSON, every unit': (text) => units(text).map(unit).join(''),
  base64,
  'base64 behind one byte': (text) => base64(`u${text}`),
  'base64 behind two bytes': (text) => base64(`us${text}:`),
  'base64 for URLs': (text) => base64(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
};

const utf16 = (text: string) => units(text).flatMap((code) => [code & 0xff, code >> 8]);
const bigEndian = (text: string) => units(text).flatMap((code) => [code >> 8, code & 0xff]);
const hexOf = (octet: readonly number[]) => octet.map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Of the text itself; what a shell escapes is not looked for in UTF-16. */
const wide: Record<string, (text: string) => string> = {
  'base64 of UTF-16': (text) => btoa(String.fromCharCode(...utf16(text))),
  'base64 of UTF-16 of a command': (text) => btoa(String.fromCharCode(...utf16(`say "${text}" x`))),
  'base64 of UTF-16, big end first': (text) => btoa(String.fromCharCode(...bigEndian(text))),
  'hex of UTF-16': (text) => hexOf(utf16(text)),
  'hex of UTF-16, big end first': (text) => hexOf(bigEndian(text)),
  'bytes of PostgreSQL, of UTF-16': (text) => `\\x${hexOf(utf16(text))}`,
};

const wrappings: Record<string, (text: string) => string> = {
  'wrapped lines': (text) => text.replace(/[^\n]{6}/gu, '$&\r\n'),
};

/** What nobody may see of a form: its inner half, which no neighbour has part in. */
export const innerHalf = (form: string) => form.slice(Math.floor(form.length / 4), Math.ceil((form.length * 3) / 4));

/** A text in each form alone: as it is, escaped, encoded, wrapped. */
export function formsOf(text: string): [name: string, form: string][] {
  return [['plain', text], ...Object.entries({ ...escapes, ...encodings, ...wide, ...wrappings }).map(applied(text))];
}

/** A text in one form within another, as in a log line in JSON that holds a URL, or in the base64 of a JSON document. */
export function nestedForms(text: string): [name: string, form: string][] {
  const inner = Object.entries({ ...escapes, ...encodings, ...wide }).map(applied(text));
  const outer = Object.entries({ ...escapes, ...encodings, ...wrappings });
  return inner.flatMap(([name, form]) => outer.map(applied(form, name)));
}

/** What looks like an escape of some kind, or like a part of one. */
export const likeEscapes =
  String.raw`\ \\ \n \t \" \x41 \u0041 \101 \u00 % %41 %5c %25 %zz %u0041 & &amp; &#65; &lt; &x ; # u x 4 1 k '`.split(
    ' ',
  );

const applied =
  (text: string, within?: string) =>
  ([name, form]: [string, (text: string) => string]): [string, string] => [
    within === undefined ? name : `${within} within ${name}`,
    form(text),
  ];

/** Secrets as they are found in practice, each of another value: passwords, keys, tokens, URLs, JSON, hooks. */
export function secretValues(count: number): string[] {
  const kinds: ((id: string) => string)[] = [
    (id) => `pass-${id}-word`,
    (id) => `p@ss "w0rd" ${id} \\ with/all'kinds`,
    (id) => `<${id}>&"quoted"; $HOME \`x\` %41%zz`,
    (id) => `postgres://orders:p%40ss${id}@db.internal:5432/orders?sslmode=require`,
    (id) =>
      `{"type":"account","client":"client-${id}","private":"-----BEGIN KEY-----\nMIIE${id}abc\n-----END KEY-----\n"}`,
    (id) => `-----BEGIN PRIVATE KEY-----\nMIIEvQ${id}IBADANBg\nkqhkiG9w0BAQ${id}\n-----END PRIVATE KEY-----`,
    (id) => `Bearer eyJhbGciOiJIUzI1NiJ9.${id}.sig-_${id}`,
    (id) => `https://hooks.example.com/services/T0/B0/${id}?key=Zk%2B${id}&v=1`,
    (id) => `pässwörd-${id}-漢字😀`,
    (id) => `C:\\new\\table\\${id}\\u0041`,
    (id) => `line one ${id}\nline two\tof ${id}\r\n"three"`,
    (id) => `deploy:secret-${id}+/=`,
    (id) => base64(`binary ${id} \u0001\u0002`),
  ];
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length]!(unguessable(index)));
}

/** The same each time, so that a failure can be repeated. */
const unguessable = (index: number) => (((index + 1) * 2_654_435_761) % 2 ** 32).toString(36).padStart(7, 'q');
