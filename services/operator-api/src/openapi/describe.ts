import {
  hasVersion,
  headersOf,
  namesInPath,
  problems,
  problemSchema,
  problemsOf,
  routes,
  successes,
  tags,
  type Contract,
  type ProblemKind,
  type ProblemSlug,
  type Route,
} from '@backstay/api-contract';
import { z } from 'zod';

type Json = Record<string, unknown>;

/** The API as OpenAPI 3.1, made of the very contract that requests are served by. */
export function describeApi(contract: Contract = routes): Json {
  const shown = Object.entries(contract).filter(([, { hidden }]) => hidden !== true);
  const schemas = new Schemas();
  const paths = pathsOf(shown, schemas);
  const problem = schemas.of(problemSchema, 'output');
  const used = new Set(shown.map(([, { tag }]) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Backstay',
      version: '1',
      description:
        'Deployments that can be proven: queries and commands for operators and auditors. A path under another method than its own is a 405 whose `Allow` names them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The platform that serves this description.' }],
    security: [{ token: [] }],
    tags: Object.entries(tags)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of the file that BACKSTAY_TOKENS names.' },
      },
      schemas: schemas.named,
      responses: {
        Fault: {
          description: titlesOf(['unavailable', 'fault']),
          ...problemHeaders(['unavailable', 'fault']),
          content: { [problemType]: { schema: problem } },
        },
      },
    },
  };
}

const problemType = 'application/problem+json';

/** JSON schemas of the description; those that have a name stand once among its components. */
class Schemas {
  readonly named: Json = {};

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const json: Json = { ...z.toJSONSchema(schema, { io, unrepresentable: 'any' }) };
    const { $schema: _dialect, $defs, ...root } = json;
    const { id } = root;
    for (const [name, each] of Object.entries(($defs ?? {}) as Json)) this.#keep(name, each as Json);
    if (typeof id !== 'string') return referring(root) as Json;
    this.#keep(id, root);
    return { $ref: `#/components/schemas/${id}` };
  }

  #keep(name: string, { id: _id, ...schema }: Json): void {
    this.named[name] = referring(schema);
  }
}

/** The same schema, with named ones referred to where the description has them. */
function referring(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(referring);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace('#/$defs/', '#/components/schemas/')]
        : [key, referring(value)],
    ),
  );
}

function pathsOf(named: readonly (readonly [string, Route])[], schemas: Schemas): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of named) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route, schemas) };
  }
  return paths;
}

function operation(operationId: string, route: Route, schemas: Schemas): Json {
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    description: access(route),
    ...(route.access === 'public' ? { security: [] } : {}),
    parameters: parametersOf(route, schemas),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, route, schemas) }),
    responses: {
      [successes[route.success]]: { ...reply(route, schemas), ...responseHeaders(route, schemas) },
      ...(hasVersion(route) ? { 304: { description: 'What the caller has is still current.' } } : {}),
      ...refusals(route, schemas),
      default: { $ref: '#/components/responses/Fault' },
    },
  };
}

function access({ access: needed }: Route): string {
  if (needed === 'public') return 'Open to everybody.';
  if (needed === 'duty') return 'Needs the duty that is asked for; where no token carries it, the role operator.';
  return `Needs the role ${needed}.`;
}

function parametersOf(route: Route, schemas: Schemas): Json[] {
  const { path, params, query, example } = route;
  const inPath = namesInPath(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    ...(params?.shape[name] === undefined ? { schema: { type: 'string' } } : described(params.shape[name], schemas)),
    ...exampled(example?.params?.[name]),
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    ...described(schema, schemas),
    ...exampled(example?.query?.[name]),
  }));
  const inHeader = Object.entries(headersOf(route)).map(([name, schema]) => ({
    name,
    in: 'header',
    required: false,
    ...described(schema, schemas),
  }));
  return [...inPath, ...inQuery, ...inHeader];
}

const exampled = (example: unknown): Json => (example === undefined ? {} : { example });

/** What is said of a parameter belongs to the parameter and not to the schema of its values. */
function described(schema: z.core.$ZodType, schemas: Schemas, io: 'input' | 'output' = 'input'): Json {
  const { description, ...rest } = schemas.of(schema as z.ZodType, io);
  return { ...(description === undefined ? {} : { description }), schema: rest };
}

function requestBody(schema: z.ZodType, { takesMarkdown, example }: Route, schemas: Schemas): Json {
  const markdown = takesMarkdown === true ? { 'text/markdown': { schema: { type: 'string' } } } : {};
  const json = { schema: schemas.of(schema, 'input'), ...exampled(example?.body) };
  return { required: true, content: { 'application/json': json, ...markdown } };
}

function reply({ response, summary, media = [], event, example }: Route, schemas: Schemas): Json {
  const text = (type: string) => [type, { schema: textOf(type, event, schemas) }] as const;
  const others = media.map(text);
  const json = response && ['application/json', { schema: schemas.of(response, 'output') }];
  const [[type, first], ...rest] = [...(json === undefined ? [] : [json]), ...others] as [
    [string, Json],
    ...[string, Json][],
  ];
  return {
    description: summary,
    content: Object.fromEntries([[type, { ...first, ...exampled(example?.response) }], ...rest]),
  };
}

/** A stream is one long text; what stands in each `data` of it has a schema of its own. */
function textOf(type: string, event: z.ZodType | undefined, schemas: Schemas): Json {
  if (type === 'application/json') return { type: 'object' };
  if (event === undefined) return { type: 'string' };
  const json = { type: 'string', contentMediaType: 'application/json', contentSchema: schemas.of(event, 'output') };
  const id = { type: 'string', description: 'the cursor with which Last-Event-ID resumes' };
  const each = { type: 'object', required: ['id', 'data'], properties: { id, data: json } };
  return { type: 'string', contentMediaType: type, contentSchema: { type: 'array', items: each } };
}

function refusals(route: Route, schemas: Schemas): Json {
  const slugs = problemsOf(route);
  const statuses = [...new Set(slugs.map((slug) => problems[slug].status))].sort((a, b) => a - b);
  const content = { [problemType]: { schema: schemas.of(problemSchema, 'output') } };
  return Object.fromEntries(
    statuses.map((status) => {
      const those = slugs.filter((slug) => problems[slug].status === status);
      return [status, { description: titlesOf(those), ...problemHeaders(those), content }];
    }),
  );
}

const titlesOf = (slugs: readonly ProblemSlug[]): string =>
  slugs.map((slug) => `${problems[slug].title} (${slug}).`).join(' ');

function responseHeaders({ responseHeaders: own }: Route, schemas: Schemas): Json {
  if (own === undefined) return {};
  const named = Object.entries(own.shape).map(([name, schema]) => [name, described(schema, schemas, 'output')]);
  return { headers: Object.fromEntries(named) };
}

function problemHeaders(slugs: readonly ProblemSlug[]): Json {
  const own = slugs.flatMap((slug) => (problems as Readonly<Record<ProblemSlug, ProblemKind>>)[slug].header ?? []);
  if (own.length === 0) return {};
  const named = own.map(({ name, description }) => [name, { description, schema: { type: 'string' } }]);
  return { headers: Object.fromEntries(named) };
}
