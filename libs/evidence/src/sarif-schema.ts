import { z } from 'zod';
import { names } from './understood.ts';

/**
 * What is read of SARIF 2.1.0 (OASIS standard with errata 01). The standard allows no property beside its own, except in property
 * bags; one that it does not have is refused here, because a misspelt one would be a level or a list that nobody reads.
 */
const part = <Fields extends z.ZodRawShape>(fields: Fields, others: string): z.ZodObject<Fields> => {
  const rest = Object.fromEntries([...names(others)].map((name) => [name, z.unknown().optional()]));
  return z.strictObject({ ...rest, ...fields });
};

const level = z.enum(['none', 'note', 'warning', 'error']);
export type Level = z.infer<typeof level>;

/** The bag may hold anything; `security-severity` is GitHub's convention for a CVSS score. */
const properties = z.looseObject({ 'security-severity': z.unknown().optional() }).optional();

const configuration = part({ level: level.optional() }, 'enabled rank parameters properties');
const componentReference = part(
  { index: z.number().int().optional(), name: z.string().optional(), guid: z.string().optional() },
  'properties',
);
const reference = part(
  {
    id: z.string().optional(),
    index: z.number().int().optional(),
    guid: z.string().optional(),
    toolComponent: componentReference.optional(),
  },
  'properties',
);
export type Reference = Partial<z.infer<typeof reference>>;

const rule = part(
  {
    id: z.string().optional(),
    guid: z.string().optional(),
    defaultConfiguration: configuration.optional(),
    properties,
  },
  'deprecatedIds deprecatedGuids name deprecatedNames shortDescription fullDescription messageStrings helpUri help relationships',
);
export type Rule = z.infer<typeof rule>;

const component = part(
  {
    name: z.string().optional(),
    guid: z.string().optional(),
    rules: z.array(rule).optional(),
    notifications: z.array(rule).optional(),
  },
  `organization product productSuite shortDescription fullDescription fullName version semanticVersion dottedQuadFileVersion
   releaseDateUtc downloadUri informationUri globalMessageStrings taxa locations language contents isComprehensive
   localizedDataSemanticVersion minimumRequiredLocalizedDataSemanticVersion associatedComponent translationMetadata
   supportedTaxonomies properties`,
);
export type Component = z.infer<typeof component>;

const result = part(
  {
    ruleId: z.string().optional(),
    ruleIndex: z.number().int().optional(),
    rule: reference.optional(),
    level: level.optional(),
    kind: z.enum(['notApplicable', 'pass', 'fail', 'review', 'open', 'informational']).optional(),
    suppressions: z.array(z.looseObject({ status: z.string().optional() })).nullish(),
    baselineState: z.enum(['new', 'unchanged', 'updated', 'absent']).optional(),
    provenance: z.looseObject({ invocationIndex: z.number().int().optional() }).optional(),
    properties,
  },
  `message analysisTarget locations guid correlationGuid occurrenceCount partialFingerprints fingerprints stacks codeFlows graphs
   graphTraversals relatedLocations rank attachments hostedViewerUri workItemUris fixes taxa webRequest webResponse`,
);
export type Result = z.infer<typeof result>;

const override = part({ descriptor: reference, configuration }, 'properties');
export type Override = z.infer<typeof override>;

const notification = part(
  { level: level.optional(), descriptor: reference.optional() },
  'locations message threadId timeUtc exception associatedRule properties',
);

export type Notification = z.infer<typeof notification>;

const invocation = part(
  {
    executionSuccessful: z.boolean(),
    exitSignalName: z.string().optional(),
    processStartFailureMessage: z.string().optional(),
    ruleConfigurationOverrides: z.array(override).nullish(),
    notificationConfigurationOverrides: z.array(override).nullish(),
    toolExecutionNotifications: z.array(notification).nullish(),
    toolConfigurationNotifications: z.array(notification).nullish(),
  },
  `commandLine arguments responseFiles startTimeUtc endTimeUtc exitCode exitCodeDescription exitSignalNumber
   machine account processId executableLocation workingDirectory environmentVariables stdin stdout
   stderr stdoutStderr properties`,
);
export type Invocation = z.infer<typeof invocation>;

const run = part(
  {
    tool: part({ driver: component, extensions: z.array(component).optional() }, 'properties'),
    results: z.array(result).nullish(),
    invocations: z.array(invocation).nullish(),
    externalPropertyFileReferences: z.looseObject({}).nullish(),
    policies: z.array(z.unknown()).nullish(),
  },
  `conversion language versionControlProvenance originalUriBaseIds artifacts logicalLocations graphs automationDetails runAggregates
   baselineGuid redactionTokens defaultEncoding defaultSourceLanguage newlineSequences columnKind threadFlowLocations taxonomies
   addresses translations webRequests webResponses specialLocations properties`,
);
export type Run = z.infer<typeof run>;

export const sarifSchema = part(
  { version: z.string().regex(/^2\.1/), runs: z.array(run), inlineExternalProperties: z.array(z.unknown()).nullish() },
  '$schema properties',
);
