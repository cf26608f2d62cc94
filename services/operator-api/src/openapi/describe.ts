import { z } from 'zod';
import { mediaTypes } from '../http/answer.ts';
import { problemKinds } from '../http/problem.ts';
import { routes, type Route } from '../http/routes.ts';
import { problemShape } from '../http/shapes.ts';
import { successes } from '../http/statuses.ts';
import { visibleHeader } from '../run/visibility.ts';

type Json = Record<string, unknown>;

/** The API as OpenAPI 3.1, made of the very table and schemas that requests are served by. */
export function describeApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Backstay',
      version: '1',
      description: 'Deployments that can be proven: queries and commands for operators and auditors.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths: pathsOf(Object.entries<Route>(routes).filter(([, { hidden }]) => hidden !== true)),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problemShape, 'output') },
      responses: {
        Problem: {
          description: problemsTold,
          content: { [bare(mediaTypes.problem)]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

const problemsTold = `A problem as in RFC 9457: ${problemKinds.map(({ slug, status }) => `${slug} (${status})`).join(', ')}`;

function pathsOf(named: readonly (readonly [string, Route])[]): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of named) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return paths;
}

function operation(operationId: string, route: Route): Json {
  return {
    operationId,
    summary: route.summary,
    description: access(route),
    ...(route.access === 'public' ? { security: [] } : {}),
    parameters: parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, route) }),
    responses: {
      [successes[route.success]]: { ...answer(route), ...headers(route) },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function access({ access: needed }: Route): string {
  if (needed === 'public') return 'Open to everybody.';
  if (needed === 'duty') return 'Needs the duty that is asked for; where no token carries it, the role operator.';
  return `Needs the role ${needed}.`;
}

function parametersOf(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query =
    route.query === undefined ? {} : ((schemaOf(route.query, 'input')['properties'] as Json | undefined) ?? {});
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
  return [...inPath, ...inQuery, ...(route.method === 'POST' ? [idempotencyKey] : [])];
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request gets the same answer and has no second effect.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

function requestBody(schema: z.ZodType, { takesMarkdown }: Route): Json {
  const markdown = takesMarkdown === true ? { 'text/markdown': { schema: { type: 'string' } } } : {};
  return { required: true, content: { 'application/json': { schema: schemaOf(schema, 'input') }, ...markdown } };
}

function answer({ answer: shape, summary, alsoAs = [] }: Route): Json {
  const text = (type: string) => [bare(type), { schema: { type: 'string' } }] as const;
  if (!(shape instanceof z.ZodType)) return { description: summary, content: Object.fromEntries(shape.map(text)) };
  const json = ['application/json', { schema: schemaOf(shape, 'output') }] as const;
  return { description: summary, content: Object.fromEntries([json, ...alsoAs.map(text)]) };
}

/** A command, which is accepted, answers when queries show what it did, or says that they do not yet. */
function headers({ method, success }: Route): Json {
  if (method !== 'POST' || success !== 'accepted') return {};
  const description =
    'Whether queries show what the command did. `false`: the read models are behind by more than two seconds; what was accepted is recorded all the same.';
  return { headers: { [visibleHeader]: { description, schema: { type: 'string', enum: ['true', 'false'] } } } };
}

const bare = (type: string): string => type.split(';', 1)[0] ?? type;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
