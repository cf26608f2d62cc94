import type { ChainLink } from '@backstay/api-contract';
import type { Colors } from '../context.ts';

const problemsShown = 10;

/** The problems of a rejection, each with its line, its code and what would let it pass. */
export function problemLinesOf(colors: Colors, { problems = [] }: ChainLink): string[] {
  const more = problems.length - problemsShown;
  return [
    ...problems.slice(0, problemsShown).map(({ file, line, column, code, message, severity, of, override }) => {
      const place = of === 'request' ? 'the request' : [...(file ? [file] : []), line, column].join(':');
      return `${severity === 'warning' ? colors.yellow(severity) : colors.red('error')} ${place}: ${message} ${colors.dim(`[${code}]`)}${override ? `; ${override}` : ''}`;
    }),
    ...(more > 0 ? [`… and ${more} more: backstay lint lists all of them`] : []),
  ];
}
