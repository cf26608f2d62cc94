import type { Evidence, Lookup } from '@backstay/document';
import type { LogPositions } from './log-positions.ts';

/**
 * HTTP to allowed hosts. Where there is no response it rejects with an error whose message may be shown; the code of a body that is
 * larger than `maxBytes` is `too-large`.
 */
export type Fetch = (
  url: string,
  request: { maxBytes: number; headers?: Record<string, string> },
) => Promise<{ status: number; latencyMs: number; body: string; content: Uint8Array }>;

/** An element: its children by name, its attributes by `@name`, its text as `#text`. */
export type XmlNode = Record<string, unknown>;

/** Reads XML of whatever origin; `reason` completes a sentence: “the report …”. */
export type ReadXml = (text: string) => { ok: true; root: XmlNode } | { ok: false; reason: string };

/** An entry of the request's `evidence`: a report, and the commit that it is about; without one, nothing ties it to any. */
export type SuppliedEvidence = { kind: string; path?: string; url?: string; sha256: string; commit?: string };

/** What is judged from recorded deployments rather than read. */
export type RecordedEvidence = Extract<Evidence, { reader: 'deployed-in' | 'rollback-rehearsed' }>;

export type EvidenceSources = {
  /** The directory of the deployed commit. */
  source: string;
  /** The deployed commit, in full. */
  commit?: string;
  supplied?: readonly SuppliedEvidence[];
  /** For `url` evidence and supplied reports that are named by URL. */
  fetch?: Fetch;
  /** For JUnit reports. */
  readXml: ReadXml;
  /** The paths that the commits of this deployment touch, relative to the repository. */
  touchedPaths?: () => Promise<string[]>;
  /** Where relative log files are looked up, in order: the running release, then the workspace. */
  logDirectories?: string[];
  /** Below which log files may lie, with every link followed; absent: anywhere. */
  logFolders?: readonly string[];
  /** The folder of logs where only this process writes: those elsewhere are read with the rights of the user of commands. */
  ownLogs?: string | undefined;
  /** Where the logs ended when the deployment began; else `since`. */
  logPositions?: LogPositions;
  /** RFC 3339: lines with an earlier time are not read. Used for files without a position when none was recorded at all. */
  since?: string;
  /** RFC 3339: where Loki's range ends, by default now. */
  until?: string;
  /** What the names in globs, addresses and commands stand for. */
  environment?: {
    readonly variables: Readonly<Record<string, string>>;
    readonly lookup: Lookup;
    readonly argument: (text: string) => string;
    /** The user of commands; undefined: this process's own. */
    readonly account?: () => { readonly uid: number; readonly gid: number; readonly home: string } | undefined;
  };
  redact?: (text: string) => string;
  recorded?: (evidence: RecordedEvidence) => Promise<{ met: boolean; summary: string }>;
};
