/** Where the CPU time of Backstay goes while 64 deployments of twelve steps run at once: self time by file and by function. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitSteps } from '../support/documents.mjs';
import { figure, noted } from '../support/figures.mjs';
import { selfTimes } from '../support/profile.mjs';
import { timingScene } from '../support/scenes.mjs';

export const title = 'CPU profile of 64 deployments at once';

const atOnce = 64;
const shown = 25;

export async function run({ servers, say }) {
  const scene = await timingScene(servers, 'profile');
  const { backstay, record } = scene;
  const deploy = async (prefix, count) => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    const ids = await Promise.all(names.map((name) => backstay.request(waitSteps(name, '1.0.0'))));
    await record.until('EnvironmentReleased', ids, { withinMs: 120_000, everyMs: 50 });
  };
  try {
    await deploy('warm', 4);
    await backstay.ask('profile-start');
    const [cpuBefore, begun] = [await backstay.cpuMs(), performance.now()];
    await deploy('profiled', atOnce);
    const [cpuMs, ms] = [(await backstay.cpuMs()) - cpuBefore, performance.now() - begun];
    const [profile] = await backstay.ask('profile-stop');
    const file = join(tmpdir(), `backstay-${Date.now()}.cpuprofile`);
    writeFileSync(file, JSON.stringify(profile));
    say(`the whole profile, for the browser's developer tools: ${file}`);
    const { byFile, byFunction, idleShare } = selfTimes(profile);
    say(`${(idleShare * 100).toFixed(0)} % of the time idle; of the rest, by file:`);
    say(lines(byFile));
    say('by function:');
    say(lines(byFunction));
    return [
      noted('CPU per deployment', { ours: cpuMs / atOnce, unit: 'ms' }),
      noted('deployments', { ours: (atOnce / ms) * 1000, unit: '/s' }),
    ];
  } finally {
    await scene.close();
  }
}

const lines = (entries) =>
  entries
    .slice(0, shown)
    .map(({ name, ms, share }) => `${(share * 100).toFixed(1).padStart(6)} %  ${figure(ms).padStart(7)} ms  ${name}`)
    .join('\n');
