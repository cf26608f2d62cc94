// A lint rule: where a route of the API is, the contract alone says.
const message =
  'The paths of the API are in libs/api-contract alone: take them from `routes`, with their parameters by `urlOf`.';

/** Not the path of another server below whose own prefix it stands, such as `/api/v1/rules`. */
const ofApi = /(?<![\w.-])\/v1(\/|$)/;

const derived = {
  create(context) {
    const look = (node, text) => {
      if (typeof text === 'string' && ofApi.test(text)) context.report({ node, message });
    };
    return {
      Literal: (node) => look(node, node.value),
      TemplateElement: (node) => look(node, node.value.cooked),
    };
  },
};

export default { meta: { name: 'paths' }, rules: { derived } };
