/** A server of a proxy's backend, as the proxy reports it. */
export interface ProxyServer {
  readonly name: string;
  /** What it was last set to, 0 to 256. */
  readonly weight: number;
  /** What the proxy's configuration gives it. */
  readonly initialWeight: number;
  /** What the proxy reckons with now: less than `weight` while the server is warmed up. */
  readonly effectiveWeight: number;
  /** The proxy's own word: `UP`, `no check`, `DOWN`, `MAINT`, `DRAIN`, … */
  readonly state: string;
  /** Whether it takes new requests, as far as its weight lets it. */
  readonly serving: boolean;
  /** It has just come up and is given more from moment to moment. */
  readonly warmsUp: boolean;
  /** Serves only where no other does; weights say nothing about that. */
  readonly backup: boolean;
}

/** Server name -> weight, 0 to 256. */
export type Weights = Readonly<Record<string, number>>;

export const heaviest = 256;
