import type { ProblemEntry } from '../failure.ts';

/** Problems as workflow commands of GitHub Actions, which show them beside the lines of a change. */
export function githubLines(problems: readonly ProblemEntry[], document: string): string[] {
  return problems.map(({ severity = 'error', line = 1, column = 1, code = '', message = '', suggestion, ...rest }) => {
    const file = 'file' in rest ? String(rest.file) : document;
    const text = suggestion === undefined ? message : `${message}\nwrite: ${suggestion}`;
    return `::${severity} file=${property(file)},line=${line},col=${column},title=${property(code)}::${data(text)}`;
  });
}

const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
