// A lint rule for the services of the phases: they act on what they read, so they read streams through aggregate repositories alone.
const message =
  'A phase acts on what it reads, so it does not read the store: an aggregate repository loads, lists and appends, and refuses events that this version does not know.';

/** What leads around the aggregates: the store, its subscription, and the tables below it. */
const bypasses = ['store', 'pool', 'readAll', 'subscribe'];

const nameOf = ({ computed, property, key }) => {
  const name = property ?? key;
  return computed ? name?.value : (name?.name ?? name?.value);
};

const unread = {
  create(context) {
    const report = (node) => context.report({ node, message });
    return {
      MemberExpression(node) {
        if (bypasses.includes(nameOf(node))) report(node);
      },
      ObjectPattern({ properties }) {
        for (const property of properties) if (bypasses.includes(nameOf(property))) report(property);
      },
    };
  },
};

export default { meta: { name: 'streams' }, rules: { unread } };
