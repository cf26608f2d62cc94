import { expectedOneOf } from '@backstay/document';
import { z } from 'zod';

/** The forms of report that a request can bring, each with the reader that understands it; scanners' own JSON is read where SARIF is. */
const readers: Readonly<Record<string, 'junit' | 'sarif'>> = {
  junit: 'junit',
  sarif: 'sarif',
  'npm-audit': 'sarif',
  trivy: 'sarif',
  grype: 'sarif',
};

export const evidenceKinds: readonly string[] = Object.keys(readers);

/** The reader of a report that a request brought; undefined where nobody reads its kind. */
export function readerOf({ kind }: Pick<EvidenceEntry, 'kind'>): 'junit' | 'sarif' | undefined {
  return Object.hasOwn(readers, kind) ? readers[kind] : undefined;
}

export const evidenceEntrySchema = z.strictObject({
  kind: z
    .string()
    .refine((kind) => evidenceKinds.includes(kind), expectedOneOf(evidenceKinds))
    .meta({ enum: evidenceKinds }),
  path: z.string().optional(),
  url: z.string().optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/, 'expected a full commit id of 40 hex digits')
    .optional(),
});

/** What a caller asks for, over NATS or HTTP. `workspace` is a name, never a path; `requestedBy` is a claim. */
export const deployRequestSchema = z
  .strictObject({
    document: z.string().max(262_144, 'expected at most 256 KiB of Markdown').optional(),
    plan: z.record(z.string(), z.unknown()).optional(),
    environment: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected a kebab-case name')
      .optional(),
    version: z.string().min(1).max(200).optional(),
    requestedBy: z.string().min(1).max(200).optional(),
    reason: z.string().max(2000).optional(),
    commit: z
      .string()
      .regex(/^[0-9a-f]{7,40}$/, 'expected a commit id')
      .optional(),
    workspace: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'expected a name, not a path')
      .optional(),
    notify: z.record(z.string(), z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    evidence: z.array(evidenceEntrySchema).max(200).optional(),
    /** Preflight findings, by code, in spite of which it deploys; the profile must allow each. */
    overrides: z
      .array(
        z.strictObject({
          code: z.string().min(1).max(100),
          reason: z.string().max(2000).regex(/\S/, 'a reason is needed'),
        }),
      )
      .max(50)
      .optional(),
    /** Deploy, prove, roll back, verify: proof that the rollback works. */
    rehearse: z.boolean().optional(),
  })
  .refine(
    ({ document, plan }) => (document === undefined) !== (plan === undefined),
    'expected exactly one of `document` and `plan`',
  );

type Parsed = z.infer<typeof deployRequestSchema>;
type ReadonlyList<T> = T extends readonly (infer Item)[] ? readonly Readonly<Item>[] : T;
/** Read only, lists and their items too. */
export type DeployRequest = { readonly [Key in keyof Parsed]: ReadonlyList<Parsed[Key]> };
export type EvidenceEntry = Readonly<z.infer<typeof evidenceEntrySchema>>;
