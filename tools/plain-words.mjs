// Lint rules for prose: private words (tools/plain-words.json) in names, texts, comments and file names; comments that are too long.
import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const list = JSON.parse(readFileSync(join(root, 'tools/plain-words.json'), 'utf8'));

const patternOf = ({ words }) => new RegExp(`(?<![a-z])(?:${words})(?![a-z])`, 'gi');
const compiled = (entries) => entries.map((entry) => ({ use: entry.use, pattern: patternOf(entry) }));
const inTexts = compiled(list.everywhere);
const inNames = [...inTexts, ...compiled(list.names)];

const exceptions = list.exceptions.map(({ text, name, files = '' }) => ({
  files: new RegExp(files),
  text: text === undefined ? undefined : new RegExp(text, 'gi'),
  name,
}));

const found = (text, entries) =>
  entries.flatMap(({ use, pattern }) =>
    [...text.matchAll(pattern)].map(({ 0: word, index }) => ({ word, index, use })),
  );

const blank = (text) => text.replace(/[^\n]/g, ' ');

/** The words of `wakeUpBy`: `wake Up By`; the length stays when there is nothing to split. */
const spaced = (name) => name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ').replace(/[_$]/g, ' ');

/** @returns {{ word: string, index: number, use: string }[]} the words of a comment, a text or a page that are in the list */
export function wordsInText(text, file) {
  const excepted = exceptions
    .filter((each) => each.text && each.files.test(file))
    .reduce((rest, each) => rest.replace(each.text, blank), text);
  return found(excepted, inTexts);
}

/** @returns {{ word: string, index: number, use: string }[]} the words of an identifier or of a file's name that are in the list */
export function wordsInName(name, file) {
  return exceptions.some((each) => each.name === name && each.files.test(file)) ? [] : found(spaced(name), inNames);
}

const listed = {
  create(context) {
    const file = relative(root, context.filename);
    const report = (node, words) => {
      for (const { word, use } of words)
        context.report({ node, message: `“${word}” is a private word. Write: ${use} (tools/plain-words.json).` });
    };
    const name = (node) => report(node, wordsInName(node.name, file));
    return {
      Program(node) {
        report(node, wordsInName(basename(file), file));
        for (const comment of context.sourceCode.getAllComments()) report(comment, wordsInText(comment.value, file));
      },
      Identifier: name,
      PrivateIdentifier: name,
      Literal(node) {
        if (typeof node.value === 'string') report(node, wordsInText(node.value, file));
      },
      TemplateElement(node) {
        report(node, wordsInText(node.value.raw, file));
      },
    };
  },
};

const mostLines = 3;
const mostColumns = 160;

/** The tags of a docstring: they give shapes, units, errors and sources, and do not count as lines of prose. */
const tag = /^(?:@|Throws\b)/;
const item = /^- /;

/**
 * @param {string} text of one comment, or of line comments that follow one another
 * @param {boolean} isOfExport whether it describes something exported, whose values may have an item each
 * @returns {string[]} its lines of prose
 */
export function proseOf(text, isOfExport) {
  const lines = text.split('\n').map((line) => line.replace(/^\s*\*?\s*/, '').trim());
  const end = lines.findIndex((line) => tag.test(line));
  const prose = end < 0 ? lines : lines.slice(0, end);
  return prose.filter((line) => line !== '' && !(isOfExport && item.test(line)));
}

/** Comments; line comments that stand below one another are one. */
function commentsOf({ lines, getAllComments }) {
  const comments = [];
  for (const comment of getAllComments()) {
    const before = comments.at(-1);
    const startsLine = lines[comment.loc.start.line - 1].trimStart().startsWith('//');
    if (startsLine && before?.isLine && comment.loc.start.line === before.end + 1)
      Object.assign(before, { end: comment.loc.end.line, text: `${before.text}\n${comment.value}` });
    else comments.push({ comment, isLine: startsLine, end: comment.loc.end.line, text: comment.value });
  }
  return comments;
}

const brief = {
  create(context) {
    const { lines } = context.sourceCode;
    return {
      Program() {
        const getAllComments = () => context.sourceCode.getAllComments();
        for (const { comment: node, end, text } of commentsOf({ lines, getAllComments })) {
          const prose = proseOf(text, lines[end]?.startsWith('export ') ?? false);
          if (prose.length > mostLines)
            context.report({
              node,
              message: `A comment has at most ${mostLines} lines of prose; this one has ${prose.length}.`,
            });
          if (lines.slice(node.loc.start.line - 1, end).some(({ length }) => length > mostColumns))
            context.report({ node, message: `A line of a comment has at most ${mostColumns} columns.` });
        }
      },
    };
  },
};

export default { meta: { name: 'plain-words' }, rules: { listed, brief } };
