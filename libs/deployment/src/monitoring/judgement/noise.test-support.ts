import { numbersFrom } from '@backstay/event-sourcing/testing';
import type { Latencies } from './latencies.ts';
import type { Measure, Reading, Sample } from './index.ts';

/**
 * The noise that the rates of error are stated for; ADR 23 describes it. Times are in seconds, latencies in ms. A range is drawn
 * from once for each service, evenly on a logarithmic scale.
 */
export interface Noise {
  /** Requests each second; twice as many within a burst. */
  readonly rate: readonly [number, number];
  /** The 95th percentile of a calm service; latencies are lognormal. */
  readonly p95: readonly [number, number];
  /** The standard deviation of the logarithm of latencies. */
  readonly sigma: readonly [number, number];
  /** That of a slow drift of all latencies, and how much of it stays from tick to tick (autoregressive, of first order). */
  readonly drift: number;
  readonly staying: number;
  /** Bursts: which share of the time they take, how long one lasts on average (exponential), and how many times slower it is. */
  readonly burstShare: number;
  readonly burstSeconds: number;
  readonly burstFactor: readonly [number, number];
}

export const usualNoise: Noise = {
  rate: [6, 60],
  p95: [200, 2_000],
  sigma: [0.3, 0.8],
  drift: 0.08,
  staying: 0.9,
  burstShare: 0.05,
  burstSeconds: 10,
  burstFactor: [2, 5],
};

/** The default buckets of the usual client libraries, ms. */
const bounds = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

/** The normal distribution function, to 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (series * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
  return z > 0 ? 1 - upper : upper;
}

/** A burst is looked for so often within a tick. */
const looks = 10;

/** A service whose latencies vary as the noise says. */
export class NoisyService {
  readonly #noise: Noise;
  readonly #random: () => number;
  readonly #rate: number;
  readonly #median: number;
  readonly #sigma: number;
  #drift: number;
  #burst: number | null;

  constructor(seed: number, noise: Noise) {
    this.#noise = noise;
    this.#random = numbersFrom(Math.imul(seed, 0x9e3779b1));
    this.#rate = this.#between(noise.rate);
    this.#sigma = this.#between(noise.sigma);
    this.#median = this.#between(noise.p95) / Math.exp(1.645 * this.#sigma);
    this.#drift = noise.drift * this.#gaussian();
    this.#burst = this.#random() < noise.burstShare ? this.#between(noise.burstFactor) : null;
  }

  /** The requests of so many seconds, all of them so many times slower. */
  serve(seconds: number, slower = 1): Latencies {
    const { drift, staying } = this.#noise;
    this.#drift = staying * this.#drift + Math.sqrt(1 - staying * staying) * drift * this.#gaussian();
    const counts = new Float64Array(bounds.length + 1);
    for (let look = 0; look < looks; look += 1) {
      const median = this.#median * slower * Math.exp(this.#drift) * (this.#burst ?? 1);
      const requests = this.#poisson((this.#rate * (this.#burst === null ? 1 : 2) * seconds) / looks);
      this.#draw(requests, median, counts);
      this.#pass(seconds / looks);
    }
    return [...counts].flatMap((requests, index): Latencies =>
      requests > 0 ? [[bounds[index - 1] ?? 0, bounds[index] ?? null, requests]] : [],
    );
  }

  #draw(requests: number, median: number, counts: Float64Array): void {
    const shares = bounds.map((bound) => normal(Math.log(bound / median) / this.#sigma));
    for (let request = 0; request < requests; request += 1) {
      const drawn = this.#random();
      let index = 0;
      while (index < bounds.length && drawn > shares[index]!) index += 1;
      counts[index]! += 1;
    }
  }

  /** Bursts begin and end by chance. */
  #pass(seconds: number): void {
    const { burstShare, burstSeconds, burstFactor } = this.#noise;
    if (burstShare === 0) return;
    const calmSeconds = (burstSeconds * (1 - burstShare)) / burstShare;
    if (this.#random() >= 1 - Math.exp(-seconds / (this.#burst === null ? calmSeconds : burstSeconds))) return;
    this.#burst = this.#burst === null ? this.#between(burstFactor) : null;
  }

  #between([least, most]: readonly [number, number]): number {
    return least * (most / least) ** this.#random();
  }

  #gaussian(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }

  #poisson(mean: number): number {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.#gaussian()));
    let [count, share] = [0, Math.exp(-mean)];
    for (let rest = this.#random() - share; rest > 0 && count < 200; rest -= share) share *= mean / (count += 1);
    return count;
  }
}

/** A tick of a source that counts the requests since the last one. */
export function reading(time: string, spanMs: number, latencies: Latencies, measures: readonly Measure[]): Reading {
  const samples = measures.map(({ metric, quantile, unit, windowMs }): Sample => {
    const name = { metric, ...(quantile === undefined ? {} : { quantile }), unit, windowMs };
    return { ...name, time, value: 1, latencyMs: 1, counted: { spanMs, latencies } };
  });
  return { time, samples };
}
