/** The layers of an image with the log router of tests: Node and the router's program in one file. */
import { build } from 'esbuild';
import { type BuiltLayer, buildLayer } from '../../../src/cli/sample-image/image.ts';
import { directory, file } from '../../../src/cli/sample-image/tar.ts';
import { programLayer } from '../images/program-layer.ts';

export async function routerLayers(): Promise<BuiltLayer[]> {
  const { outputFiles } = await build({
    entryPoints: [new URL('./router-program.js', import.meta.url).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    // What it is made of asks for Node's modules by `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    write: false,
  });
  const program = outputFiles[0]?.contents ?? new Uint8Array();
  return [
    await programLayer(process.execPath),
    buildLayer([
      ...['fluent-bit', 'fluent-bit/etc', 'fluentd', 'fluentd/etc'].map((path) => directory(path)),
      directory('var/run'),
      file('router.mjs', Buffer.from(program), { mode: 0o644 }),
    ]),
  ];
}

export const ROUTER_COMMAND = [process.execPath, '/router.mjs'];
