import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Self time of a V8 CPU profile by file and by function, the longest first; shares are of the time that was not idle. */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const [files, functions] = [new Map(), new Map()];
  let idleMs = 0;
  let allMs = 0;
  samples.forEach((id, index) => {
    const ms = timeDeltas[index] / 1000;
    const frame = byId.get(id);
    allMs += ms;
    if (frame.functionName === '(idle)') idleMs += ms;
    else {
      const file = fileOf(frame);
      add(files, file, ms);
      add(
        functions,
        frame.url === '' ? file : `${frame.functionName || '(anonymous)'}  ${file}:${frame.lineNumber + 1}`,
        ms,
      );
    }
  });
  const busyMs = allMs - idleMs;
  return { byFile: ranked(files, busyMs), byFunction: ranked(functions, busyMs), idleShare: idleMs / allMs };
}

function add(counts, key, ms) {
  counts.set(key, (counts.get(key) ?? 0) + ms);
}

const ranked = (counts, totalMs) =>
  [...counts].map(([name, ms]) => ({ name, ms, share: ms / totalMs })).toSorted((a, b) => b.ms - a.ms);

/** A file of the workspace below its root, a package by its name, or what V8 calls it. */
function fileOf({ url, functionName }) {
  if (url === '') return functionName.startsWith('(') ? functionName : `(native) ${functionName || 'anonymous'}`;
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  const below = path.startsWith(root) ? path.slice(root.length) : path;
  return below.replace(/^.*node_modules\//, '');
}
