import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('what the guides say is so', () => {
  it.each(['README.md', 'CONTRIBUTING.md', 'docs/operating.md'])('the links of %s lead somewhere', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path);
    const dead = links.filter((path) => !/^https?:/.test(path) && !existsSync(join(root, dirname(file), path)));
    expect(dead).toEqual([]);
  });

  it.each(['README.md', 'CONTRIBUTING.md', 'docker-compose.yml', 'deploy/compose/environments.yaml'])(
    'the pages that %s names are there',
    (file) => {
      const pages = [...read(file).matchAll(/\bdocs\/[\w./-]*\w/g)].map(([page]) => page);
      expect(pages.filter((page) => !existsSync(join(root, page)))).toEqual([]);
    },
  );

  it('every setting is told, and none that is not', () => {
    const names = (text: string): string[] => [...new Set(text.match(/\bBACKSTAY_[A-Z_]+\b/g))].toSorted();
    const settings = names(read('libs/service-kit/src/config/config.ts'));
    const table = read('docs/operating.md').match(/^\| `BACKSTAY_[A-Z_]+` .*$/gm) ?? [];
    expect(names(table.map((row) => row.split('|')[1]).join(' '))).toEqual(settings);
  });

  it('every command that the operators are told of exists', () => {
    const program = read('cli/src/program.ts');
    const verbs = [...read('docs/operating.md').matchAll(/`(?:npx )?backstay (\w+)/g)].map(([, verb = '']) => verb);
    expect([...new Set(verbs)].filter((verb) => !program.includes(`'${verb}'`))).toEqual([]);
  });
});
