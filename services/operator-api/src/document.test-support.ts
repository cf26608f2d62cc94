/** A document without problems, for staging or production. */
export const deployableDocument = `# Deployment: orders-api 2.4.0

## Deployment Scope

**Application/Service:**
- Name: orders-api
- Version: 2.4.0

**Target Environment:**
- Environment: staging, production
- Base URL: \`http://127.0.0.1:18080\`

## Deployment Procedure

### Deployment Steps
1. Run the migrations
   - Run: \`node migrate.mjs up\`
   - Undo: \`node migrate.mjs down\`

## Acceptance Criteria

- [ ] Deployment executed successfully
`;
