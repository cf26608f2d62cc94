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
  const leaves = leavesOf(value);
  if (leaves.length > 0) return leaves;
  return [...linesOf(value), ...ofUrl(value), ...behindScheme(value), ...assigned(value)];
}

function linesOf(value) {
  const lines = value.split(/\r?\n/);
  return lines.length > 1 ? lines : [];
}

function leavesOf(value) {
  if (!/^\s*[[{"]/.test(value)) return [];
  try {
    return [...textsIn(JSON.parse(value))];
  } catch {
    return [];
  }
}

function* textsIn(node) {
  if (typeof node === 'string') yield node;
  else if (typeof node === 'number') yield String(node);
  else if (typeof node === 'object' && node !== null) for (const each of Object.values(node)) yield* textsIn(each);
}

const urlPattern = /^\s*[a-z][a-z0-9+.-]*:\/\/(?:([^/?#\s]*)@)?[^?#\s]*(?:\?([^#\s]*))?/i;

function ofUrl(value) {
  const [, account = '', query = ''] = urlPattern.exec(value) ?? [];
  const colon = account.indexOf(':');
  const [user, password] = colon < 0 ? [account, ''] : [account.slice(0, colon), account.slice(colon + 1)];
  const values = query.split(/[&;]/).map((pair) => pair.slice(pair.indexOf('=') + 1));
  return [account, user, password, ...values].flatMap((part) => [
    part,
    decoded(part),
    decoded(part.replaceAll('+', ' ')),
  ]);
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

function fromBase64(text) {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

const secretAssignment =
  /(?:^|[\s;,])[\w .-]*(?:pass|pwd|secret|token|key|auth|credential|signature)[\w.-]*\s*=\s*("[^"]*"|'[^']*'|[^\s;,]+)/gi;

/** `host=db password=…`, `Server=db;Pwd=…` */
function assigned(value) {
  return [...value.matchAll(secretAssignment)].map(([, text]) => text.replace(/^(["'])(.*)\1$/s, '$2'));
}
