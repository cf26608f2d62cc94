/** Shorter parts of a secret are left alone: masking them would make texts useless and would still reveal them. */
export const shortestPart = 8;
const deepest = 6;

export const sizeOf = (text) => new TextEncoder().encode(text).length;

/**
 * What else is secret because the value is: its lines, the texts of its JSON, user, password and query of its URL, the words
 * behind a scheme. Each has eight bytes or more; the value itself is not among them.
 */
export function partsOf(value) {
  const parts = new Set();
  collect(value, parts, 0);
  parts.delete(value);
  return [...parts];
}

function collect(value, parts, depth) {
  if (sizeOf(value) < shortestPart || depth > deepest || parts.has(value)) return;
  parts.add(value);
  for (const part of [value.trim(), ...within(value)]) if (part !== value) collect(part, parts, depth + 1);
}

function within(value) {
  const leaves = jsonIn(value) === undefined ? [] : leavesOf(value);
  if (leaves.length > 0) return leaves;
  return [...linesOf(value), ...jsonWithin(value), ...ofUrls(value), ...behindScheme(value), ...assigned(value)];
}

function linesOf(value) {
  const lines = value.split(/\r?\n/);
  return lines.length > 1 ? lines : [];
}

function jsonIn(text) {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const jsonTokens = /("[^"\\]*(?:\\[^][^"\\]*)*")(\s*:)?|-?\d[\d.eE+-]*/g;

/** The texts of a JSON text, and its numbers as they are written, and as a program shows them that reads doubles. */
function leavesOf(json) {
  return [...json.matchAll(jsonTokens)].flatMap(([token, text, colon]) => {
    if (text === undefined) return [token, String(Number(token))];
    return colon === undefined ? [JSON.parse(text)] : [];
  });
}

/** So many places of a text are looked at for JSON that begins there. */
const mostPlaces = 16;
const jsonBegins = /[[{]|(?<==\s{0,16})"/g;

/** The leaves of each JSON text that stands within another: `A={"b":"c"}`. */
function jsonWithin(value) {
  const found = [];
  let end = 0;
  for (const { index } of [...value.matchAll(jsonBegins)].slice(0, mostPlaces)) {
    if (index < end) continue;
    const text = value.slice(index, endOfJson(value, index));
    if (jsonIn(text) === undefined) continue;
    found.push(...leavesOf(text));
    end = index + text.length;
  }
  return found;
}

/** Where brackets are closed again that open at `start`, or a text that begins there. */
function endOfJson(value, start) {
  const marks = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|\\?$)|[[{]|[\]}]/g;
  marks.lastIndex = start;
  let depth = 0;
  for (let found = marks.exec(value); found !== null; found = marks.exec(value)) {
    if (found[0] === '[' || found[0] === '{') depth += 1;
    else if (found[0] === ']' || found[0] === '}') depth -= 1;
    if (depth <= 0) return marks.lastIndex;
  }
  return value.length;
}

/** Where one address of a list ends and the next one begins. */
const betweenUrls = /[\s,;|"'](?=[a-z][a-z0-9+.-]*:\/\/)/i;
const urlPattern = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/(?:([^/?#\s]*)@)?[^?#\s]*(?:\?([^#\s]*))?/i;

function ofUrls(value) {
  return value.split(betweenUrls).flatMap(ofUrl);
}

/** Several hosts may have an account each: `nats://a:b@c,d:e@f`. */
function ofUrl(value) {
  const [, account = '', query = ''] = urlPattern.exec(value) ?? [];
  const accounts = [...new Set([account, ...account.split(/@[^@,]*,/)])];
  const values = query.split(/[&;]/).map((pair) => pair.slice(pair.indexOf('=') + 1));
  return [...accounts.flatMap(partsOfAccount), ...values].flatMap((part) => [
    part,
    decoded(part),
    decoded(part.replaceAll('+', ' ')),
  ]);
}

function partsOfAccount(account) {
  const colon = account.indexOf(':');
  return colon < 0 ? [account] : [account, account.slice(0, colon), account.slice(colon + 1)];
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const schemes =
  /^(?:basic|bearer|token|digest|negotiate|apikey|api-key|aws4-hmac-sha256|oauth|hmac|webhook|pagerduty)$/i;

/** `Bearer TOKEN`, `Authorization: Basic BASE64`, `user:password` */
function behindScheme(value) {
  const [, named] = /^[\w-]+:[ \t]+(\S.*)$/.exec(value) ?? [];
  const [, password] = /^[^\s:/@]+:([^\s/]\S*)$/.exec(value) ?? [];
  const [first, ...words] = value.trim().split(/\s+/);
  const isScheme = words.length === 1 || schemes.test(first);
  const pairs = /^basic$/i.test(first) ? words.map(fromBase64) : [];
  return [named, password, ...(isScheme ? words : []), ...pairs].filter((part) => part !== undefined);
}

/** In either alphabet. */
function fromBase64(written) {
  const text = written.replaceAll('-', '+').replaceAll('_', '/');
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

const secretAssignment =
  /(?:pass|pwd|secret|token|key|auth|credential|signature)[\w.-]{0,64}\s{0,16}=\s{0,16}("[^"]*"|'[^']*'|[^\s;,]+)/gi;

/** `host=db password=…`, `Server=db;Pwd=…` */
function assigned(value) {
  return [...value.matchAll(secretAssignment)].map(([, text]) => text.replace(/^(["'])(.*)\1$/s, '$2'));
}
