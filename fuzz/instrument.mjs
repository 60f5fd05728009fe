// Puts counters of branches and reports of comparisons into a module. Branches as Jazzer.js does it (its plug-in for
// Babel); comparisons of anything, not of literals only, since bounds and lengths are computed.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { transformSync, types: t } = require('@babel/core');
const { esmCodeCoverage } = require('@jazzer.js/instrumentor/dist/plugins/esmCodeCoverage.js');

const operators = new Set(['===', '!==', '<', '<=', '>', '>=', '==', '!=']);

/** a < b becomes (x = a, y = b, hesperCompared(x, y, place + k), x < y): the operands are read once, in their order. */
function comparisons() {
  let count = 0;
  const plugin = () => ({
    visitor: {
      BinaryExpression(path) {
        const { left, right, operator } = path.node;
        if (!operators.has(operator) || t.isPrivateName(left) || isText(left) || isText(right)) return;
        const [x, y] = [path.scope.generateUidIdentifier('x'), path.scope.generateUidIdentifier('y')];
        const report = t.callExpression(t.identifier('hesperCompared'), [
          x,
          y,
          t.binaryExpression('+', t.identifier('hesperPlace'), t.numericLiteral(count++)),
        ]);
        const scope = path.scope.getFunctionParent() ?? path.scope.getProgramParent();
        if (!scope.path.isFunction() || !scope.path.get('body').isBlockStatement()) return;
        scope.push({ id: x });
        scope.push({ id: y });
        path.replaceWith(
          t.sequenceExpression([
            t.assignmentExpression('=', t.cloneNode(x), left),
            t.assignmentExpression('=', t.cloneNode(y), right),
            report,
            t.binaryExpression(operator, t.cloneNode(x), t.cloneNode(y)),
          ]),
        );
        path.skip();
        // The operands themselves may hold comparisons.
        path.get('expressions.0').requeue();
        path.get('expressions.1').requeue();
      },
    },
  });
  return { plugin, count: () => count };
}

const isText = (node) => t.isStringLiteral(node) || t.isTemplateLiteral(node) || t.isNullLiteral(node);

/** The module's text, instrumented. */
export function instrument(code, filename) {
  const branches = esmCodeCoverage();
  const compares = comparisons();
  const options = { filename, babelrc: false, configFile: false, sourceType: 'module', compact: false };
  // Comparisons first: the counters have none of interest.
  const first = transformSync(code, { ...options, plugins: [compares.plugin] });
  const second = transformSync(first.code, { ...options, plugins: [branches.plugin] });
  const head = [
    `const __jazzer_cov = globalThis.hesperCounters(${branches.edgeCount()});`,
    `const hesperPlace = globalThis.hesperPlaces(${compares.count()});`,
  ];
  return `${head.join('\n')}\n${second.code}`;
}
