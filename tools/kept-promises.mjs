// A lint rule beside `no-floating-promises`, which sees neither `() => void work()` nor a promise that is kept in a field for
// later: until somebody awaits it, its rejection has no handler, and such a rejection is one of the process, not of the work.
const message =
  'Nobody may await this promise when it rejects, so it needs a handler of its own: `.catch(…)` says what its failure means.';

const together = ['all', 'race', 'any'];
const nameOf = (node) => (node?.type === 'PrivateIdentifier' ? `#${node.name}` : node?.name);

/** The name of the function or method of the same file that a call asks for. */
function calledHere({ callee }) {
  if (callee.type === 'Identifier') return callee.name;
  return callee.type === 'MemberExpression' && callee.object.type === 'ThisExpression' ? nameOf(callee.property) : null;
}

const combines = ({ callee }) =>
  callee.type === 'MemberExpression' && callee.object.name === 'Promise' && together.includes(callee.property.name);

const handled = {
  create(context) {
    const asynchronous = new Set();
    const kept = [];
    const keep = (node) => {
      if (node?.type === 'CallExpression') kept.push(node);
    };
    const define = (name, value) => {
      if (value?.async && !value.generator) asynchronous.add(nameOf(name));
    };
    return {
      FunctionDeclaration: (node) => define(node.id, node),
      MethodDefinition: ({ key, value }) => define(key, value),
      VariableDeclarator: ({ id, init }) => define(id, init),
      UnaryExpression({ operator, argument }) {
        if (operator === 'void') keep(argument);
      },
      // Awaited or returned at once, the promise is somebody's.
      'ExpressionStatement > AssignmentExpression'({ left, right }) {
        if (left.type === 'MemberExpression') keep(right);
      },
      CallExpression({ callee, arguments: given }) {
        const isPush = callee.type === 'MemberExpression' && callee.property.name === 'push';
        if (isPush && callee.object.type === 'MemberExpression') given.forEach(keep);
      },
      'Program:exit'() {
        for (const node of kept)
          if (combines(node) || asynchronous.has(calledHere(node))) context.report({ node, message });
      },
    };
  },
};

const unheard =
  'Node may forget this time limit before it ends, as nothing refers to it: use `timeLimit` of @backstay/hosts, or keep it and look at `aborted` afterwards.';

const isTimeout = ({ type, callee }) =>
  type === 'CallExpression' &&
  callee.type === 'MemberExpression' &&
  callee.object.name === 'AbortSignal' &&
  callee.property.name === 'timeout';

/** A timeout that is only passed on, so that a signal made of it may be all that is heard. */
const limits = {
  create(context) {
    const check = (nodes) =>
      nodes.filter((node) => node && isTimeout(node)).forEach((node) => context.report({ node, message: unheard }));
    return {
      ArrayExpression: ({ elements }) => check(elements),
      CallExpression: ({ arguments: given }) => check(given),
    };
  },
};

export default { meta: { name: 'promises' }, rules: { handled, limits } };
