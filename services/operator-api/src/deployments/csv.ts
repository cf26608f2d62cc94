import { stringify } from 'csv-stringify/sync';

/** RFC 4180, with a header. A text that a spreadsheet would take for a formula is led by an apostrophe. */
export function csv(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify([...rows] as (string | number | null)[][], {
    header: true,
    columns: [...header],
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
    cast: { string: (text) => (/^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text) },
  });
}
