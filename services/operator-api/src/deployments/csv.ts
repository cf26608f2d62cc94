import { stringify, type Options } from 'csv-stringify/sync';

type Rows = readonly (readonly (string | number | null)[])[];

const format: Options = {
  record_delimiter: 'windows',
  quoted_match: /[\r\n]/,
  cast: { string: (text) => (/^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text) },
};

/** RFC 4180, with a header. A text that a spreadsheet would take for a formula is led by an apostrophe. */
export const csv = (header: readonly string[], rows: Rows): string =>
  stringify([...rows] as (string | number | null)[][], { ...format, header: true, columns: [...header] });

/** Further rows of the same. */
export const csvRows = (rows: Rows): string => stringify([...rows] as (string | number | null)[][], format);
