// A lint rule for the pure layers: what depends on the clock or on chance enters from outside, as an argument.
const message = (what) =>
  `${what} does not belong in a pure package: let the caller pass the time, the id or the number in.`;

const isGlobal = (context, node) => {
  const scope = context.sourceCode.getScope(node);
  return (
    node.type === 'Identifier' &&
    !scope.references.some((reference) => reference.identifier === node && reference.resolved?.defs.length)
  );
};

const impure = { Date: ['now'], Math: ['random'] };

const pure = {
  create(context) {
    const is = (node, name) => node.name === name && isGlobal(context, node);
    return {
      MemberExpression(node) {
        const property = node.computed ? node.property.value : node.property.name;
        const name = Object.keys(impure).find((global) => is(node.object, global));
        if (name && impure[name].includes(property))
          context.report({ node, message: message(`${name}.${property}()`) });
      },
      NewExpression(node) {
        if (is(node.callee, 'Date') && node.arguments.length === 0)
          context.report({ node, message: message('new Date()') });
      },
      CallExpression(node) {
        if (is(node.callee, 'Date')) context.report({ node, message: message('Date()') });
      },
    };
  },
};

export default { meta: { name: 'backstay' }, rules: { pure } };
