import type { Clause } from '@backstay/document';

/** A clause as a document would write it. */
export function clauseText(clause: Clause): string {
  switch (clause.kind) {
    case 'exit':
      return `exit ${clause.code}`;
    case 'output-contains':
      return `output contains \`${clause.text}\``;
    case 'within':
      return `within ${clause.ms} ms`;
    case 'status':
      return clause.reason ? `${clause.status} ${clause.reason}` : `status ${clause.status}`;
    case 'returns':
      return `returns ${typeNames[clause.what]}${clause.path ? ` at \`${clause.path}\`` : ''}`;
    case 'value':
      return `\`${clause.path}\` ${clause.operator} \`${clause.written ?? JSON.stringify(clause.value)}\``;
    case 'count':
      return `count \`${clause.path}\` ${clause.operator} \`${clause.value}\``;
    case 'header':
      return `header \`${clause.name}\` ${clause.operator} \`${clause.value}\``;
    case 'body-contains':
      return `body contains \`${clause.text}\``;
  }
}

const typeNames = { jwt: 'JWT token', json: 'JSON', data: 'data' };
