import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const formatter = 'libs/document/src/values/figures.ts';

/** What writes a number for people with a precision or a unit of its own. */
const ownFigure =
  /\.toFixed\(|\.toPrecision\(|\.toExponential\(|\.toLocaleString\(|Intl\.NumberFormat|\$\{(?:Math\.(?:round|floor|ceil|trunc)\(|[\w.]+ (?:\/|\*) ?(?:100|1_?000)\b)/;

/** Figures that are read by programs, or of a clock that goes on. */
const exceptions: Readonly<Record<string, string>> = {
  'libs/document/src/values/metrics.ts': 'reads the name of a quantile',
  'libs/document/src/values/quantity.ts': 'reads a number with its unit',
  'libs/document/src/printing/write-values.ts': 'prints a document, which is read again',
  'libs/telemetry/src/prometheus/increase-query.ts': 'seconds of a query',
  'libs/local-platform/src/run/server.ts': 'a package without the document language; a limit in whole seconds',
  'cli/src/output/format.ts': 'how long something has taken so far, cut to whole seconds',
};

const sources = ['libs', 'services', 'cli']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => /^[^.]*\/src\/[^.]*\.ts$/.test(file) && !/\/(?:testing|node_modules|dist)\//.test(file))
  .toSorted();

describe('a figure for people', () => {
  it('is written by one formatter, which has all its tests', () => {
    const own = sources.filter((file) => ownFigure.test(readFileSync(join(root, file), 'utf8')));
    expect(own).toContain(formatter);
    expect(own.filter((file) => file !== formatter)).toEqual(Object.keys(exceptions).toSorted());
  });

  it.each([
    '`${value.toFixed(1)} ms`',
    'value.toPrecision(2)',
    "total.toLocaleString('en')",
    'new Intl.NumberFormat()',
    '`${Math.round(seconds)} s`',
    '`${waitedMs / 1000} s`',
    '`${share * 100} %`',
  ])('is found where it is written otherwise: %s', (line) => expect(line).toMatch(ownFigure));
});
