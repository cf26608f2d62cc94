import { recipes, type Recipe } from './find/recipe.ts';
import { commandFor, sources } from './find/search.ts';
import type { Source, ProgramRequest } from './find/source.ts';
import { requestFor } from './find/program-request.ts';
import type { PartName } from './part.ts';

/** Where a part would come from if the platform started now. */
export interface Inspection {
  part: PartName;
  /** `configured`, a path, or an image; null if it is not here yet. */
  found: string | null;
  version: string | null;
  /** For people: where it comes from, or how it would be obtained, or the command that gets it. */
  note: string;
}

export interface InspectOptions {
  dataDir: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

async function inspectPart(
  request: ProgramRequest & { recipe: Recipe },
  among: readonly Source[],
): Promise<Inspection> {
  const { machine, recipe } = request;
  const part = recipe.part;
  if (machine.env[recipe.variable])
    return { part, found: 'configured', version: null, note: `named by ${recipe.variable}` };
  for (const source of among) {
    const seen = await source.look(request);
    if ('program' in seen)
      return { part, found: seen.program.origin, version: seen.program.version, note: source.name };
    if (seen.obtain) return { part, found: null, version: null, note: `would be obtained from ${source.name}` };
  }
  return { part, found: null, version: null, note: `missing: ${await commandFor(machine, recipe)}` };
}

/** Looks for every part in the order in which it would be found, without starting, downloading or changing anything. */
export async function inspectParts(options: InspectOptions, among = sources): Promise<Inspection[]> {
  const inspect = async (recipe: Recipe) =>
    inspectPart(await requestFor(recipe, { ...options, say: () => undefined }), among);
  return Promise.all(recipes.map(inspect));
}
