/** A process that is distinguished from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string | null;
}
export function inheritedEnvironment(): Record<string, string>;
export function bootId(): string;
export function hostId(): string;
export function startTimeOf(pid: number): string | null;
export function identityOf(pid: number): ProcessIdentity;
export function isAlive(process: ProcessIdentity): boolean;
export function send(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean;
export function processesMarked(mark: string): number[];
export function enterControlGroup(name: string): string | null;
export function removeEmptyControlGroups(): void;
export function processesIn(folder: string | null | undefined): number[];
export function leaveControlGroup(folder: string): void;
export function syncDirectory(directory: string): void;
export function writeDurably(path: string, text: string, mode?: number): void;
export function readRecord<Value>(path: string): Value | null;
export function highestToken(fence: string): number;
export function showToken(fence: string, token: number, options?: { readonly durable?: boolean }): number;
