// A lint rule for whoever handles steps without performing them: a kind of action or of undo decides for itself, and nobody asks its name.
const message =
  'Nobody but its own file asks for the name of a kind: let it decide by a member of `StepKind` or `UndoKind` in libs/document/src/steps.';

const handled = ['action', 'undo'];

const plain = (node) => (node?.type === 'ChainExpression' ? node.expression : node);

/** The last word of `step.action`, `step?.undo` or `action`. */
const lastWord = (node) => (node?.type === 'MemberExpression' ? node.property.name : node?.name);

const isKind = (node) => {
  const read = plain(node);
  return (
    read?.type === 'MemberExpression' && lastWord(read) === 'kind' && handled.includes(lastWord(plain(read.object)))
  );
};

const takesKind = (pattern) =>
  pattern?.type === 'ObjectPattern' && pattern.properties.some(({ key }) => key?.name === 'kind');

const unasked = {
  create(context) {
    const refuse = (node) => context.report({ node, message });
    return {
      BinaryExpression(node) {
        const isLiteral = [node.left, node.right].some(({ type }) => type === 'Literal');
        if (/^[!=]==?$/.test(node.operator) && isLiteral && [node.left, node.right].some(isKind)) refuse(node);
      },
      SwitchStatement(node) {
        if (isKind(node.discriminant)) refuse(node);
      },
      CallExpression(node) {
        if (lastWord(plain(node.callee)) === 'includes' && node.arguments.some(isKind)) refuse(node);
      },
      Property(node) {
        if (handled.includes(node.key.name) && takesKind(node.value)) refuse(node);
      },
      VariableDeclarator(node) {
        if (takesKind(node.id) && handled.includes(lastWord(plain(node.init)))) refuse(node);
      },
    };
  },
};

export default { meta: { name: 'kinds' }, rules: { unasked } };
