/** What a tool commits in place of a file that lies elsewhere or needs a key. */
interface Placeholder {
  readonly is: string;
  /** How its bytes begin, as latin-1. */
  readonly form: RegExp;
  /** In bytes: a larger file only begins alike. */
  readonly most: number;
}

/** A file beside its attributes is judged by what it holds: attributes can be missing, or stand in a file that nobody committed. */
const placeholders: readonly Placeholder[] = [
  {
    is: 'the pointer to a file of Git LFS',
    form: /^version https?:\/\/(?:git-lfs\.github\.com|hawser\.github\.com|git-media\.io)\//,
    most: 1024,
  },
  { is: 'the pointer to a file of git-annex', form: /^\/annex\/objects\//, most: 32 * 1024 },
  { is: 'the pointer to a file of git-fat', form: /^#\$# git-fat [0-9a-f]{40} /, most: 1024 },
  { is: 'what git-crypt encrypted', form: /^\0GITCRYPT\0/, most: Infinity },
];

/** As many bytes of the beginning of a file as any form needs. */
export const headBytes = 64;

/** What stands in place of a file that begins with these bytes; null: the file itself. */
export function placeholderFor(head: Buffer, size: number): string | null {
  const beginning = head.toString('latin1', 0, headBytes);
  return placeholders.find(({ form, most }) => size <= most && form.test(beginning))?.is ?? null;
}
