import type { Clock } from './ports.ts';

/** Milliseconds from now until a time, ISO 8601; below zero: it is past. */
export function msUntil(time: string, clock: Pick<Clock, 'now'>): number {
  return Date.parse(time) - Date.parse(clock.now());
}

/** The time, ISO 8601, after so many milliseconds. */
export function later(milliseconds: number, clock: Pick<Clock, 'now'>): string {
  return new Date(Date.parse(clock.now()) + milliseconds).toISOString();
}

export function earliest(time: string, other: string | undefined): string {
  return other !== undefined && Date.parse(other) < Date.parse(time) ? other : time;
}
