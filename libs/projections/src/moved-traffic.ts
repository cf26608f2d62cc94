import { percent } from '@backstay/document';

type Result = Readonly<Record<string, unknown>>;
type Weights = Readonly<Record<string, number>>;

/** What a step that moved traffic, or took it back, has recorded of it; empty for every other step. */
export function movedTraffic(result: Result | undefined): string {
  const { backend, target, share, weights, earlier } = result ?? {};
  if (typeof backend !== 'string' || !areWeights(weights)) return '';
  if (typeof target !== 'string' || typeof share !== 'number')
    return `backend ${backend} has its weights again (${weightsText(weights)})`;
  const before = areWeights(earlier) ? `; before: ${weightsText(earlier)}` : '';
  return `${target} has ${percent(share)} of the traffic of backend ${backend} (${weightsText(weights)}${before})`;
}

function areWeights(value: unknown): value is Weights {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((weight) => typeof weight === 'number')
  );
}

function weightsText(weights: Weights): string {
  return Object.entries(weights)
    .map(([server, weight]) => `${server} ${weight}`)
    .join(', ');
}
