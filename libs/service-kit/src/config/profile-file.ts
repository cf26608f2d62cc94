import { readFile } from 'node:fs/promises';
import { parseProfiles, type ParsedProfiles } from '@backstay/document';

/** The profile file is configured and cannot be read; the message names it and says why. */
export class ProfileUnreadable extends Error {
  override readonly name = 'ProfileUnreadable';
  readonly file: string;
  /** As the operating system names it, such as `ENOENT`. */
  readonly code: string;

  constructor(file: string, code: string) {
    super(`the profile file ${file} cannot be read (${code})`);
    this.file = file;
    this.code = code;
  }
}

/**
 * What the platform knows of all services. The file is read each time and parsed again only when its content is another: parsing
 * takes a hundred times as long as reading, and times and sizes of files say less than the content.
 */
export class ProfileFile {
  readonly #file: string | undefined;
  #last: { readonly bytes: Buffer; readonly parsed: ParsedProfiles } | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Null where no file is configured. @throws {ProfileUnreadable} */
  async read(): Promise<ParsedProfiles | null> {
    const file = this.#file;
    if (file === undefined) return null;
    const bytes = await readFile(file).catch(({ code = 'unknown' }: NodeJS.ErrnoException) => {
      throw new ProfileUnreadable(file, code);
    });
    if (!this.#last?.bytes.equals(bytes)) this.#last = { bytes, parsed: parseProfiles(bytes) };
    return this.#last.parsed;
  }
}
