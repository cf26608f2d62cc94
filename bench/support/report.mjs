import { availableParallelism, cpus, loadavg } from 'node:os';
import { figure } from './figures.mjs';

const headings = ['', 'goal', 'anchor', 'ours', 'ratio', 'verdict'];

/** What the figures were taken on; times mean little where others are at work too. */
export function machine() {
  const [load] = loadavg();
  const busy = load > availableParallelism() / 2 ? '; it is busy with other work: ratios hold, times do not' : '';
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `Node ${process.versions.node}, ${availableParallelism()} cores (${model}), load ${load.toFixed(1)}${busy}`;
}

/** @param {readonly import('./figures.mjs').Result[]} results */
export function table(results) {
  const lines = [headings, ...results.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd())
    .join('\n');
}

const cells = ({ what, goal, anchor, ours, ratio, ok, informative = false }) => [
  what,
  goal,
  anchor,
  ours,
  ratio === undefined ? '' : figure(ratio),
  verdict(goal, ok, informative),
];

function verdict(goal, ok, informative) {
  if (goal === '') return '';
  if (ok) return 'ok';
  return informative ? 'missed' : 'MISSED';
}
