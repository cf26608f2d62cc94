import { NotAcceptable } from './errors.ts';

interface Wish {
  readonly type: string;
  readonly quality: number;
}

/**
 * The one of the offered media types (without parameters, the preferred first) that `Accept` wants most.
 * @throws {NotAcceptable}
 */
export function accepted(accept: string | undefined, offered: readonly string[]): string {
  const wishes = (accept ?? '*/*').split(',').map(wishOf);
  const ranked = offered
    .map((type) => ({ type, quality: qualityOf(type, wishes) }))
    .filter(({ quality }) => quality > 0);
  const best = ranked.reduce<Wish | undefined>(
    (so, each) => (so === undefined || each.quality > so.quality ? each : so),
    undefined,
  );
  if (best === undefined) throw new NotAcceptable(`this can be had as ${offered.join(', ')}`);
  return best.type;
}

function wishOf(text: string): Wish {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1);
  return { type, quality: Number.isNaN(quality) ? 0 : quality };
}

/** The most exact wish counts. */
function qualityOf(type: string, wishes: readonly Wish[]): number {
  const forms = [type, `${type.split('/')[0]}/*`, '*/*'];
  const form = forms.find((each) => wishes.some((wish) => wish.type === each));
  return Math.max(0, ...wishes.filter((wish) => wish.type === form).map(({ quality }) => quality));
}
