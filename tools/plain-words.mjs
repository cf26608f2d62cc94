// A lint rule that keeps private words out of names, texts, comments and file names; tools/plain-words.json lists them.
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
const spaced = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_$]/g, ' ');

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

export default { meta: { name: 'plain-words' }, rules: { listed } };
