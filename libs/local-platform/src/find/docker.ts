import type { Image, Source } from './source.ts';

/** A container from the part's official image, its port published on the loopback address alone. */
export const docker: Source = {
  name: 'Docker',
  async look({ machine, recipe, major }) {
    const daemon = await machine.run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 });
    if (daemon.code === 127) return { reason: 'docker is not installed' };
    if (daemon.code !== 0) return { reason: 'its daemon does not respond' };
    const version = recipe.image.split(':')[1] as string;
    if (major) return { reason: 'the existing data were not made in a container' };
    const program: Image = { kind: 'image', origin: recipe.image, version };
    if ((await machine.run('docker', ['image', 'inspect', recipe.image])).code === 0) return { program };
    return {
      reason: `the image ${recipe.image} is not here yet`,
      async obtain(say) {
        say(`pulling the image ${recipe.image}`);
        const { code, stderr } = await machine.run('docker', ['pull', recipe.image], { timeout: 600_000 });
        if (code !== 0) throw new Error(`docker pull failed: ${stderr.trim()}`);
        return program;
      },
    };
  },
};
