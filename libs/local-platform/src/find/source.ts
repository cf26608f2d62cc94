import type { Machine } from './machine.ts';
import type { ProgramRecipe } from './recipe.ts';

/** A program file that can be run here. */
export interface Binary {
  kind: 'binary';
  /** Its path. */
  origin: string;
  version: string;
  /** Added to the environment when it runs, such as the path of its libraries. */
  environment: Record<string, string>;
}

/** A container image that is on this machine. */
export interface Image {
  kind: 'image';
  /** The image's name. */
  origin: string;
  version: string;
}

export type Program = Binary | Image;

export interface ProgramRequest {
  machine: Machine;
  recipe: ProgramRecipe;
  /** Only this major version will do, because data of that version exist. */
  major?: string;
}

/** What a source has: the program; or a way to obtain it; or neither, and why. */
export type Look =
  | { program: Program }
  | { reason: string; obtain?: (say: (line: string) => void) => Promise<Program> };

/** One place where programs come from. `look` changes nothing and downloads nothing. */
export interface Source {
  name: string;
  look(request: ProgramRequest): Promise<Look>;
}
