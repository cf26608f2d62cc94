import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { countOf, problemLines } from '../documents/problems.ts';
import { readIfThere } from '../documents/read-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { usage } from '../failure.ts';
import { settingsOf, type Flags } from '../init/settings.ts';
import { firstDocument } from '../init/first-document.ts';
import { firstBindings, firstProfile } from '../init/first-yaml.ts';
import { problemsOf } from '../init/problems-of.ts';
import type { Command } from './command.ts';

/** `backstay init [FOLDER]`: a document, bindings and a profile that plan without a blocker. All are written, or none is. */
export const run: Command<[string], Flags> = async (context, [folder], flags) => {
  const settings = await settingsOf(context, flags);
  const files = {
    'deployment.md': firstDocument(settings),
    '.backstay.yaml': firstBindings(settings),
    'environments.yaml': firstProfile(settings),
  };
  const problems = problemsOf(files, settings.environment);
  if (problems.length > 0) {
    context.emit({ ok: false, problems });
    problemLines(context.colors, problems, new Map(Object.entries(files)), 'deployment.md').forEach((line) =>
      context.say(line),
    );
    context.say(`nothing was written: ${countOf(problems)}`);
    return exitCodes.problems;
  }
  const place = resolve(context.world.directory, folder);
  if (!flags.force) await mustBeFree(place, Object.keys(files));
  await mkdir(place, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text);
  const written = Object.keys(files).map((name) => join(folder, name));
  context.emit({ ok: true, files: written });
  written.forEach((file) => context.say(`wrote ${file}`));
  context.say(`next: backstay plan ${written[0]} --environments ${written[2]}`);
  return exitCodes.done;
};

async function mustBeFree(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names)
    if ((await readIfThere({ directory }, name)) !== undefined)
      throw usage(`${join(directory, name)} already exists; --force replaces it`);
}
