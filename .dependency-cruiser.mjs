// The layers: an import may only look down. Every rule says what it keeps.
const pure = '^libs/(event-sourcing|deployment|document|projections|api-contract)/src/';
const stores = 'postgres|jetstream|eventstoredb|local-platform';
const crafts = 'checks|database|evidence|git|guarded-io|hosts|notices|traffic';
const users = 'deployers|telemetry';
const adapters = `^libs/(${stores}|${crafts})/`;
const layer2 = `${stores}|${crafts}|${users}|steps`;
const services = '^services/([^/]+)/';
const slices = 'planning|execution|verification|monitoring|rollback';
const tests = ['\\.(spec|test-support)\\.ts$', '/testing[/.]'];
const thirdParty = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];
const npm = (...names) => names.map((name) => `(^|/)node_modules/(@types/)?${name}/`);

const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    never(
      'layer-0-stands-alone',
      'event-sourcing is the lowest layer: it knows no other package, no third party and nothing of Node.',
      { path: '^libs/event-sourcing/src/', pathNot: tests },
      { pathNot: '^libs/event-sourcing/src/' },
    ),
    never(
      'pure-layers-know-no-machine',
      'Layers 0 and 1 are pure: time, ids, digests and readings enter from outside, so no built-in module of Node.',
      { path: pure, pathNot: tests },
      { dependencyTypes: ['core'] },
    ),
    never(
      'layer-1-third-parties',
      'Of third parties, the pure aggregates, views and the API contract know zod alone.',
      { path: '^libs/(deployment|projections|api-contract)/src/', pathNot: tests },
      { dependencyTypes: thirdParty, pathNot: npm('zod') },
    ),
    never(
      'document-third-parties',
      'The document knows zod, Markdown with its positions, versions and YAML; nothing that reads or calls.',
      { path: '^libs/document/src/', pathNot: tests },
      {
        dependencyTypes: thirdParty,
        pathNot: npm('zod', 'unified', 'remark-[^/]+', 'vfile(-message)?', 'semver', 'yaml', 'mdast', 'unist'),
      },
    ),
    never(
      'redaction-stands-alone',
      'A supervisor loads the redactor as it is, before it does anything: neither the rest of the document nor a third party.',
      { path: '^libs/document/src/redaction/', pathNot: tests },
      { pathNot: '^libs/document/src/redaction/' },
    ),
    never(
      'document-knows-no-neighbour',
      'The document is read without the aggregates: deployment may use its plan, not the other way round.',
      { path: '^libs/document/src/', pathNot: tests },
      { path: '^libs/(deployment|projections|api-contract)/' },
    ),
    never(
      'deployment-knows-no-views',
      'Views are folded from events; no decision may rest on a view.',
      { path: '^libs/deployment/src/', pathNot: tests },
      { path: '^libs/(projections|api-contract)/' },
    ),
    never(
      'views-know-no-contract',
      'The contract describes what views hold; a view does not know how it is sent.',
      { path: '^libs/projections/src/', pathNot: tests },
      { path: '^libs/api-contract/' },
    ),
    never(
      'pure-layers-look-down',
      'Layers 0 and 1 know nothing of adapters, of the service kit, of services and of the command.',
      { path: pure, pathNot: tests },
      { path: `^(libs/(${layer2}|service-kit)|services|cli)/` },
    ),
    never(
      'adapters-know-no-neighbour',
      'A craft or a store is exchangeable: what it needs of another one it takes as a parameter.',
      { path: adapters, pathNot: tests },
      { path: `^libs/(${layer2})/`, pathNot: '^libs/$1/' },
    ),
    never(
      'deployers-and-telemetry-use-crafts',
      'A deployer or a metric source may use crafts: no store, no step, and neither the other.',
      { path: `^libs/(${users})/`, pathNot: tests },
      { path: `^libs/(${stores}|${users}|steps)/`, pathNot: '^libs/$1/' },
    ),
    never(
      'steps-know-no-store',
      'Steps put crafts, deployers and telemetry together; what is recorded reaches them as a parameter.',
      { path: '^libs/steps/', pathNot: tests },
      { path: `^libs/(${stores})/` },
    ),
    never(
      'adapters-look-down',
      'Adapters know nothing of the service kit, of services and of the command.',
      { path: `^libs/(${layer2})/` },
      { path: '^(libs/service-kit|services|cli)/' },
    ),
    never(
      'service-kit-looks-down',
      'The kit serves every service and knows none.',
      { path: '^libs/service-kit/' },
      { path: '^(services|cli)/' },
    ),
    never(
      'services-know-no-service',
      'Services hear of each other through events alone: no service imports another.',
      { path: services },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    never(
      'services-know-no-command',
      'The command starts services as processes; a service knows nothing of it.',
      { path: services },
      { path: '^cli/' },
    ),
    never(
      'command-knows-no-service',
      'The command talks to services over HTTP and starts them by path: it imports none.',
      { path: '^cli/src/' },
      { path: '^services/' },
    ),
    never(
      'local-platform-is-for-development',
      'Servers on this machine are started by the command and by tests, never by a service.',
      { path: '^(services|libs/(?!local-platform/))', pathNot: tests },
      { path: '^libs/local-platform/' },
    ),
    never(
      'tools-of-tests-stay-in-tests',
      'What only tests need is not loaded by what runs.',
      { path: '^(libs|services|cli)/', pathNot: tests },
      { path: [...tests, ...npm('vitest', 'fast-check', '@nestjs/testing')] },
    ),
    never(
      'journeys-are-never-imported',
      'Journeys and benchmarks use the product; the product knows neither.',
      { path: '^(libs|services|cli)/' },
      { path: '^(e2e|bench|tools)/' },
    ),
    never(
      'slices-know-no-slice',
      'What several slices of the aggregate need is in transitions.ts and values.ts; a slice calls no other.',
      { path: `^libs/deployment/src/(${slices})/`, pathNot: tests },
      { path: `^libs/deployment/src/(${slices})/`, pathNot: '^libs/deployment/src/$1/' },
    ),
    never(
      'no-circular',
      'No file needs itself, not even for a type: each can be read after those that it imports.',
      {},
      { circular: true },
    ),
    never('no-dead-ends', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|__fixtures__)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['backstay-source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts'],
    },
  },
};
