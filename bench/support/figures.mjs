/** Sorted figures at a share of their count: `at(0.5)` is the median. */
export function percentile(values, share) {
  const sorted = [...values].toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => percentile(values, 0.5);

/** The rate of the better rounds: in the others the machine was busy with something else. */
export const best = (rates) => percentile(rates, 0.9);

export const sum = (values) => values.reduce((all, value) => all + value, 0);

/** Three significant digits, or whole from 100 on. */
export function figure(value) {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/**
 * @typedef {object} Result one line of the report
 * @property {string} what
 * @property {string} goal
 * @property {string} anchor what it is compared with, of the same run
 * @property {string} ours
 * @property {number} [ratio] ours to the anchor, or to the goal where there is no anchor
 * @property {boolean} ok
 * @property {boolean} [informative] missing it is shown and fails nothing: it depends on the machine
 */

const withUnit = (value, unit) => `${figure(value)}${unit === '' ? '' : ` ${unit}`}`;

/** Ours to the anchor of the same run, at least so much. @returns {Result} */
export function atLeast(what, goal, { ours, anchor, unit = '/s' }) {
  const ratio = ours / anchor;
  return {
    what,
    goal: `≥ ${goal} ×`,
    anchor: withUnit(anchor, unit),
    ours: withUnit(ours, unit),
    ratio,
    ok: ratio >= goal,
  };
}

/** Ours to the anchor of the same run, at most so much. @returns {Result} */
export function atMost(what, goal, { ours, anchor, unit = 'ms' }) {
  const ratio = ours / anchor;
  return {
    what,
    goal: `≤ ${goal} ×`,
    anchor: withUnit(anchor, unit),
    ours: withUnit(ours, unit),
    ratio,
    ok: ratio <= goal,
  };
}

/** A count that does not depend on the machine. @returns {Result} */
export function budgeted(what, most, value, detail = '') {
  const ours = `${figure(value)}${detail === '' ? '' : ` ${detail}`}`;
  return { what, goal: `≤ ${most}`, anchor: '', ours, ratio: value / most, ok: value <= most };
}

/** A time, which depends on the machine and its load: shown, never failed. @returns {Result} */
export function timed(what, most, value, { unit = 'ms', anchor = '' } = {}) {
  const ours = withUnit(value, unit);
  return { what, goal: `≤ ${most} ${unit}`, anchor, ours, ratio: value / most, ok: value <= most, informative: true };
}

/** A figure without a goal. @returns {Result} */
export const noted = (what, { ours, anchor, unit }) => ({
  what,
  goal: '',
  anchor: anchor === undefined ? '' : withUnit(anchor, unit),
  ours: withUnit(ours, unit),
  ...(anchor === undefined ? {} : { ratio: ours / anchor }),
  ok: true,
});
