import {
  namesInPath,
  problems,
  problemSchema,
  problemsOf,
  routes,
  successes,
  tags,
  type Contract,
  type ProblemSlug,
  type Route,
} from '@backstay/api-contract';
import { z } from 'zod';
import { visibleHeader } from '../run/visibility.ts';

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
      description: 'Deployments that can be proven: queries and commands for operators and auditors.',
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
      [successes[route.success]]: { ...reply(route, schemas), ...headers(route) },
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

function parametersOf({ path, params, query, method, example }: Route, schemas: Schemas): Json[] {
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
  return [...inPath, ...inQuery, ...(method === 'POST' ? [idempotencyKey] : [])];
}

const exampled = (example: unknown): Json => (example === undefined ? {} : { example });

/** What is said of a parameter belongs to the parameter and not to the schema of its values. */
function described(schema: z.core.$ZodType, schemas: Schemas): Json {
  const { description, ...rest } = schemas.of(schema as z.ZodType, 'input');
  return { ...(description === undefined ? {} : { description }), schema: rest };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request gets the same answer and has no second effect.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

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
      const description = titlesOf(slugs.filter((slug) => problems[slug].status === status));
      return [status, { description, content }];
    }),
  );
}

const titlesOf = (slugs: readonly ProblemSlug[]): string =>
  slugs.map((slug) => `${problems[slug].title} (${slug}).`).join(' ');

/** A command, which is accepted, is answered when queries show what it did, or says that they do not yet. */
function headers({ method, success }: Route): Json {
  if (method !== 'POST' || success !== 'accepted') return {};
  const description =
    'Whether queries show what the command did. `false`: the read models are behind by more than two seconds; what was accepted is recorded all the same.';
  return { headers: { [visibleHeader]: { description, schema: { type: 'string', enum: ['true', 'false'] } } } };
}
