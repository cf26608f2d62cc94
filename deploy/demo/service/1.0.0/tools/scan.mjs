/**
 * A small scanner of the service's own sources (not of `vendor/`): prints SARIF 2.1.0. Exits 1 when it found
 * something of high or critical severity.
 */
import { readFileSync, readdirSync } from 'node:fs';

const RULES = [
  { id: 'evaluated-code', severity: '9.0', pattern: /\beval\(|new Function\(/, text: 'Code is made from text.' },
  {
    id: 'shell-command',
    severity: '8.0',
    pattern: /(?<!\.)\bexec(Sync)?\(|shell: true/,
    text: 'A shell reads the command.',
  },
  {
    id: 'secret-in-source',
    severity: '9.0',
    pattern: /(password|secret|key)\w* ?[:=] ?'[^']{8,}'/i,
    text: 'A secret is written in the source.',
  },
  {
    id: 'query-from-text',
    severity: '8.0',
    pattern: /query\(\s*`[^`]*\$\{/,
    text: 'A query is put together from text.',
  },
];

const files = ['.', 'src'].flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => (directory === '.' ? name : `${directory}/${name}`)),
);
const results = files.flatMap(scan);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const rules = RULES.map(({ id, severity, text }) => ({
  id,
  shortDescription: { text },
  properties: { 'security-severity': severity, tags: ['security'] },
}));
const report = {
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'notes-scan', version, rules } },
      artifacts: files.map((uri) => ({ location: { uri } })),
      results,
    },
  ],
};
console.log(JSON.stringify(report, null, 2));
process.exitCode = results.length > 0 ? 1 : 0;

function scan(uri) {
  const lines = readFileSync(uri, 'utf8').split('\n');
  return lines.flatMap((line, index) =>
    RULES.filter((rule) => rule.pattern.test(line)).map((rule) => finding(rule, uri, index + 1)),
  );
}

function finding({ id, severity, text }, uri, startLine) {
  return {
    ruleId: id,
    level: 'error',
    message: { text },
    properties: { 'security-severity': severity },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine } } }],
  };
}
