import type { Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';
import { hasSecret, secretInUrl } from './url-secrets.ts';

/** A branch, a tag or a commit; where variables are put in place, one may stand in it. */
export function readRef(value: Span, reading: Reading): string | undefined {
  const plain = withoutVariables(value.text);
  if (/^[\w][\w./+-]{0,200}$/.test(plain) && !plain.includes('..')) return value.text;
  return reading.report.error(
    value,
    'bad-name',
    `“${value.text}” is not a branch or tag; write one, as main or v2.4.0`,
  );
}

function withoutVariables(text: string): string {
  return text.replace(/\$\{\w+\}/g, 'x');
}

export function readRepository(value: Span, reading: Reading): string | undefined {
  if (hasSecret(value.text))
    return reading.report.error(value, 'secret-in-url', `${secretInUrl}; use the machine’s own git credentials`);
  const isUrl =
    /^(?:https?|ssh|git|file|git\+ssh):\/\/\S+$/i.test(value.text) || /^[\w.-]+@[\w.-]+:\S+$/.test(value.text);
  const isPath = value.text.startsWith('/') && value.text.length > 1;
  if (isUrl || isPath || /^\$\{\w+\}\S*$/.test(value.text)) return value.text;
  const message = `“${value.text}” is not the URL of a git repository; it begins with https://, ssh://, git@host: or file://`;
  return reading.report.error(value, 'bad-url', message);
}
