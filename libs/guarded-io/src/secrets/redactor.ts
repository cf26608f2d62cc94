import { StringDecoder } from 'node:string_decoder';
import { Secret } from './secret.ts';

export const MASK = '***';

/** Shorter values are left alone: masking every `1` would make a text useless and still reveal the value. */
const SHORTEST = 4;

export type RedactedStream = {
  /** What of the text so far is safe to show; an end that may be the beginning of a secret is held back. */
  write(chunk: string | Uint8Array): string;
  /** The rest. */
  end(): string;
};

export type Redactor = {
  text(text: string): string;
  /** For output that arrives in chunks, cut anywhere, also inside a secret or a character. */
  stream(): RedactedStream;
};

type Forms = { forms: string[]; pattern: RegExp };

/** Masks the known values in every form in which they usually reach a text: as they are, in base64, in URLs, in JSON. */
export function redactor(secrets: Iterable<Secret | string>): Redactor {
  const forms = [...new Set([...secrets].flatMap((secret) => formsOf(valueOf(secret))))].sort(
    (a, b) => b.length - a.length,
  );
  if (forms.length === 0) return { text: (text) => text, stream: unchangedStream };
  const pattern = new RegExp(forms.map(escaped).join('|'), 'g');
  return { text: (text) => text.replace(pattern, MASK), stream: () => redactedStream({ forms, pattern }) };
}

const valueOf = (secret: Secret | string) => (typeof secret === 'string' ? secret : secret.reveal());
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function formsOf(value: string): string[] {
  return [value, ...linesOf(value), ...passwordOf(value)]
    .flatMap((part) => [part, ...hostOf(part), ...encodedOf(part), ...base64Of(part)])
    .filter((form) => form.length >= SHORTEST);
}

/** The lines of a key or certificate, each of which a tool may print alone. */
function linesOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return lines.length > 1 ? lines.filter((line) => line.length >= 8) : [];
}

/** As part of a host, which a parsed URL holds in small letters; of a short word that would mask too much else. */
function hostOf(value: string): string[] {
  return /^[\w.-]{8,253}$/.test(value) ? [value.toLowerCase()] : [];
}

/** The password inside of a connection string, which drivers show apart from the rest. */
function passwordOf(value: string): string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*?:([^/?#]*)@/i.exec(value)?.[1];
  return password ? [password, decoded(password)] : [];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encodedOf(value: string): string[] {
  const url = encodeURIComponent(Buffer.from(value).toString());
  const lower = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const json = JSON.stringify(value).slice(1, -1);
  return [url, lower, url.replaceAll('%20', '+'), json, json.replaceAll('/', '\\/')];
}

/** Base64 at each of the three alignments, without the characters that its neighbours decide: so `user:password` is found too. */
function base64Of(value: string): string[] {
  const bytes = Buffer.from(value);
  if (bytes.length < 6) return [bytes.toString('base64url')];
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = (offset + bytes.length) % 3 === 0 ? whole.length : whole.length - 1;
    const certain = whole.slice([0, 2, 3][offset], end);
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function unchangedStream(): RedactedStream {
  const decoder = new StringDecoder('utf8');
  return { write: (chunk) => textOf(decoder, chunk), end: () => decoder.end() };
}

function redactedStream(known: Forms): RedactedStream {
  const decoder = new StringDecoder('utf8');
  let held = '';
  const release = (text: string, length: number) => {
    held = text.slice(length);
    return text.slice(0, length).replace(known.pattern, MASK);
  };
  return {
    write(chunk) {
      const text = held + textOf(decoder, chunk);
      return release(text, safeLength(known, text));
    },
    end() {
      const text = held + decoder.end();
      return release(text, text.length);
    },
  };
}

const textOf = (decoder: StringDecoder, chunk: string | Uint8Array) =>
  typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));

/** How much of the text may be decided now: up to the first place from which a form may still be completed. */
function safeLength({ forms, pattern }: Forms, text: string): number {
  let position = 0;
  let open = openEnd(forms, text, 0);
  for (;;) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (!match || open <= match.index) return open;
    position = pattern.lastIndex;
    if (open < position) open = openEnd(forms, text, position);
  }
}

/** The first place at or after `from` from which the rest of the text is the beginning of a longer form. */
function openEnd(forms: string[], text: string, from: number): number {
  const longest = forms[0]!.length;
  for (let start = Math.max(from, text.length - longest + 1); start < text.length; start += 1) {
    const end = text.slice(start);
    if (forms.some((form) => form.length > end.length && form.startsWith(end))) return start;
  }
  return text.length;
}
