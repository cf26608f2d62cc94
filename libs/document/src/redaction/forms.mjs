import { normalBytes } from './normal-form.mjs';
import { sizeOf } from './parts.mjs';

/** A shorter form would be found by chance. */
const shortest = 4;
const bytesOf = (text) => new TextEncoder().encode(text);
const isLone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const wellFormed = (text) => text.replace(isLone, '\ufffd');

/** The value as it usually stands in a text; found there also where a neighbour would change its normal form. */
export function literalForms(value) {
  const isLost = normalBytes(bytesOf(value)).length < shortest;
  const texts = [value, ...hostOf(value), ...escapedForms(value), ...(isLost ? escapedTwice(value) : [])];
  return [...texts.map(bytesOf), ...wideForms(value)];
}

function escapedForms(value) {
  const url = encodeURIComponent(wellFormed(value));
  const lower = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const json = jsonOf(value);
  return [url, lower, url.replaceAll('%20', '+'), json, json.replaceAll('/', '\\/')];
}

function jsonOf(value) {
  return JSON.stringify(value).slice(1, -1);
}

/** As part of a host, which a parsed URL holds in small letters; of a short word that would mask too much else. */
const hostOf = (value) => (/^[\w.-]{8,253}$/.test(value) ? [value.toLowerCase()] : []);

/** What the normal form of a text holds where the value stands in it, be it escaped, in base64 or in hex. */
export function normalForms(value) {
  const plain = [value, ...hostOf(value)].map(bytesOf).flatMap((bytes) => [normalBytes(bytes), ...withoutEnds(bytes)]);
  const escaped = escapedTwice(value).map((text) => normalBytes(bytesOf(text)));
  const forms = [...plain, ...escaped, ...encodedForms(value)].filter(({ length }) => length >= shortest);
  return [...new Map(forms.map((bytes) => [String(bytes), bytes])).values()];
}

const everyUnit = (text) =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
const everyByte = (text) => Array.from(bytesOf(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const unescaped = (text) => text;
const escapes = [unescaped, jsonOf, everyUnit, everyByte, htmlOf, (text) => text.replace(/[^\w\n]/gu, '\\$&')];

/**
 * A value that looks like escapes has more than one normal form: which of its characters become one depends on whether each of them is
 * escaped, and by what.
 */
function escapedTwice(value) {
  if (!/[\\%&]/.test(value)) return [];
  const once = new Set(escapes.map((escape) => escape(value)));
  return [...new Set([...once].flatMap((text) => escapes.map((escape) => escape(text))))];
}

/** Without an end, or a beginning, of which a neighbour in the text may make an escape. */
function withoutEnds(bytes) {
  const closed = normalBytes(bytes, false);
  const open = /[nrtbfv]/.test(String.fromCharCode(closed[0] ?? 0)) ? [closed.subarray(1)] : [];
  return [closed, ...open].filter(({ length }) => length >= 8);
}

/** Encodings of the bytes, also behind others, and of bytes that are no text. */
function encodedForms(value) {
  if (sizeOf(value) < 6) return [];
  return [bytesOf(value), ...wideForms(value)]
    .flatMap((bytes) => [...base64Of(bytes), ...hexOf(bytes)])
    .map((text) => normalBytes(bytesOf(text)));
}

/** UTF-16, in both orders of its bytes. What other escapes make of the value is ASCII: text with zeros between. */
function wideForms(value) {
  const texts = [...new Set([value, jsonOf(value), htmlOf(value)])];
  return texts.flatMap((text) => [utf16Of(text, true), utf16Of(text, false)]);
}

function utf16Of(text, isLittle) {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let at = 0; at < text.length; at += 1) view.setUint16(2 * at, text.charCodeAt(at), isLittle);
  return new Uint8Array(view.buffer);
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
function htmlOf(value) {
  return value.replace(/[&<>"']/g, (character) => entities[character]);
}

function hexOf(bytes) {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const lower = [pairs.join(''), pairs.join(':')];
  return [...lower, ...lower.map((text) => text.toUpperCase())];
}

/** One character for each byte. */
export function latin1(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Base64 at each of the three alignments, without the characters that its neighbours decide: so `user:password` is found too. */
function base64Of(bytes) {
  const text = latin1(bytes);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = btoa('\0'.repeat(offset) + text).replace(/=+$/, '');
    const end = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    const certain = encoded.slice([0, 2, 3][offset], end);
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
