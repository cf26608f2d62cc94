import { codeContent } from '../markdown/code-spans.ts';
import { parseDuration } from '../values/duration.ts';
import { listed } from '../problems/issue-message.ts';
import { didYouMean, nearest } from '../problems/nearest.ts';
import type { Command } from '../plan/values.ts';
import type { Report } from '../problems/report.ts';
import type { Span } from '../markdown/span.ts';
import { hasSecret, secretInUrl } from '../values/url-secrets.ts';
import { shellArguments, shellVariablesOf, unreplacedIn } from '../values/shell.ts';
import { variablesOf, type Reference } from '../values/variables.ts';
import { splitWords } from '../values/words.ts';

/** Reads the values of lines; reports what cannot be read and then returns nothing. */
export class Reading {
  readonly references: Reference[] = [];
  /** A query could not be read: a metric that nothing defines may be its. */
  hasOpenMetrics = false;

  constructor(readonly report: Report) {}

  /** The content of backticks, or the span itself where it stands bare. */
  bare(span: Span): Span {
    const angled = /^<([a-z][a-z0-9+.-]*:\/\/[^<>]*)>$/i.test(span.text);
    return angled ? span.slice(1, span.text.length - 1) : (codeContent(span) ?? span);
  }

  /** A value that may stand bare because it has no white space. */
  token(span: Span, what: string): Span | undefined {
    const value = this.bare(span);
    if (!/\s/.test(value.text) && !value.isEmpty) return this.#noted(value, false);
    return this.report.error(value, 'bad-value', `expected ${what}, without white space`);
  }

  /** What must stand in backticks. */
  code(span: Span, what: string, example: string): Span | undefined {
    const value = codeContent(span);
    if (value) return this.#noted(value, false);
    return this.report.error(span, 'missing-backticks', `${what} stands in backticks: ${example}`, example);
  }

  duration(span: Span, allowed: { zero?: boolean } = {}): number | undefined {
    const ms = parseDuration(this.bare(span).text);
    if (ms !== undefined && (ms > 0 || allowed.zero)) return ms;
    const message = `“${span.text}” is not a duration; write 500ms, 30s, 10m, 1h30m or 2 days`;
    return this.report.error(span, 'bad-duration', message);
  }

  count(span: Span, what: string): number | undefined {
    const value = this.bare(span);
    if (/^[1-9]\d{0,8}$/.test(value.text)) return Number(value.text);
    return this.report.error(value, 'bad-value', `expected ${what}, a whole number from 1`);
  }

  yes(span: Span): boolean | undefined {
    if (/^yes$/i.test(span.text)) return true;
    if (/^no$/i.test(span.text)) return false;
    return this.report.error(span, 'bad-value', `expected yes or no, not “${span.text}”`);
  }

  oneOf<Choice extends string>(span: Span, choices: readonly Choice[]): Choice | undefined {
    const found = choices.find((choice) => choice.toLowerCase() === this.bare(span).text.toLowerCase());
    if (found) return found;
    const near = nearest(span.text, choices);
    const message = `expected ${listed(choices)}, not “${span.text}”${didYouMean(span.text, choices)}`;
    return this.report.error(span, 'bad-value', message, near);
  }

  /** A command in backticks, split into words unless a shell reads it. */
  command(span: Span, shell = false, advice = shellAdvice): Command | undefined {
    const example = `\`${span.text.replaceAll('`', '')}\``;
    const text = codeContent(span);
    if (!text)
      return this.report.error(span, 'missing-backticks', `a command stands in backticks: ${example}`, example);
    return this.commandText(text, shell, advice);
  }

  /** A command without backticks, as in a fence; `advice` is how to have a shell where one is needed. */
  commandText(text: Span, shell: boolean, advice = shellAdvice): Command | undefined {
    if (shell) return this.script([text]);
    const before = this.report.errorCount;
    this.#noted(text, true);
    if (this.report.errorCount > before) return undefined;
    const words = splitWords(text.text);
    if ('argv' in words) {
      this.#warnOfUnreplaced(text, advice);
      return { text: text.text, argv: words.argv };
    }
    const { offset, message, needsShell, instead } = words.syntax;
    const help = [...(instead === undefined ? [] : [instead]), ...(needsShell ? [advice] : [])].join(', or ');
    return this.report.error(text.slice(offset), 'shell-syntax', help === '' ? message : `${message}; ${help}`);
  }

  /** What a shell reads as one script. Its variables are its own: what is declared nowhere may be assigned there. */
  script(lines: readonly Span[]): Command | undefined {
    const before = this.report.errorCount;
    for (const line of lines) {
      this.#refuseReference(line);
      for (const { name, offset } of shellVariablesOf(line.text))
        this.references.push({ name, at: line.slice(offset), inCommand: true, inShell: true });
    }
    const text = lines.map((line) => line.text).join('\n');
    if (text.trim() === '') return this.report.error(lines[0]!, 'missing-value', 'there is no command; write one');
    return this.report.errorCount > before ? undefined : { text, argv: shellArguments(text) };
  }

  /** An address that can be called: http or https, or a variable that holds one. */
  url(span: Span): string | undefined {
    const value = this.#noted(this.bare(span), false);
    if (hasSecret(value.text)) return this.#reportCredentials(value);
    if (/^https?:\/\/[^\s/]+\S*$/i.test(value.text) || /^\$\{\w+\}\S*$/.test(value.text)) return value.text;
    return this.report.error(value, 'bad-url', `“${value.text}” is no URL; it begins with http:// or https://`);
  }

  /** The same of an address in which no variable is put in place. */
  fixedUrl(span: Span): string | undefined {
    return this.fixed(this.bare(span)) && this.url(span);
  }

  /** The address of a server, with a password as `${NAME}` alone. */
  server(span: Span): string | undefined {
    const value = this.#noted(this.bare(span), false);
    if (!hasSecret(value.text)) return value.text;
    const message = `${secretInUrl}; declare the whole URL as a secret and write \${NAME}`;
    return this.report.error(value, 'secret-in-url', message);
  }

  /** A value in which no variable is put in place: with one it is refused, rather than taken as it stands. */
  fixed(span: Span): Span | undefined {
    const [variable] = variablesOf(span.text);
    if (!variable) return span;
    const message = `\${${variable.name}} is not put in place here in this version; write the value itself`;
    return this.report.error(span.slice(variable.offset), 'unsupported', message);
  }

  /** A value that becomes the argument of a command. */
  argument(span: Span): Span {
    return this.#noted(this.bare(span), true);
  }

  /** A path inside of the workspace. */
  path(span: Span): string | undefined {
    const fixed = this.fixed(this.bare(span));
    if (!fixed) return undefined;
    const value = this.#noted(fixed, false);
    const parts = value.text.split(/[/\\]/);
    const leaves = value.isEmpty || parts.includes('..') || parts[0] === '' || /^[A-Za-z]:/.test(value.text);
    if (!leaves) return value.text;
    return this.report.error(
      value,
      'bad-path',
      `“${value.text}” leaves the workspace; write a relative path without “..”`,
    );
  }

  #reportCredentials(span: Span): undefined {
    const message = `${secretInUrl}; declare a secret and write \${NAME} in a header`;
    return this.report.error(span, 'secret-in-url', message);
  }

  /** Notes the variables of a text, to be checked once everything that declares some has been read. */
  text(span: Span): Span {
    return this.#noted(span, false);
  }

  /** Without a shell `$NAME`, `*.log` and `~/x` are arguments like any other. */
  #warnOfUnreplaced(text: Span, advice: string): void {
    const found = unreplacedIn(text.text);
    if (!found) return;
    const message = `no shell runs here, and ${found.written} is passed on as it stands; ${found.instead}, or ${advice}`;
    this.report.warn(text.slice(found.offset), 'shell-syntax', message, found.suggestion);
  }

  #noted(span: Span, inCommand: boolean): Span {
    for (const { name, offset } of variablesOf(span.text))
      this.references.push({ name, at: span.slice(offset), inCommand });
    this.#refuseReference(span);
    return span;
  }

  #refuseReference(span: Span): void {
    const secret = /<secret:\s*(\w*)\s*>/i.exec(span.text);
    if (!secret) return;
    const message = `a secret stands here as \${${secret[1]}}, once *Required Secrets* or *Required Environment Variables* name it`;
    this.report.error(span.slice(secret.index), 'bad-value', message, `\${${secret[1]}}`);
  }
}

const shellAdvice = 'say `Shell: yes`';
/** Where `Shell: yes` cannot be said. */
export const ownShell = "write `sh -c '…'`";
