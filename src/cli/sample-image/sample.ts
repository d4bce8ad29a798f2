/**
 * The sample image of the demo, made without the internet: Debian's static busybox with a link for each of its tools,
 * a web server (`serve`, the default command) and a client that fetches from it and leaves (`fetch-and-exit`).
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ImageRunConfig } from '../../domain/oci/types.ts';
import { type BuiltImage, type BuiltLayer, buildImage, buildLayer } from './image.ts';
import { directory, file, symlink, type TarEntry } from './tar.ts';

export { pushImage } from './push.ts';

export const SAMPLE_IMAGE_NAME = 'neargate-sample';
export const SAMPLE_PORT = 8080;
export const SAMPLE_PAGE = '<!doctype html>\n<title>Neargate</title>\n<p>Hello from a Fargate task.</p>\n';

const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
  'app:x:1000:1000:app:/home/app:/bin/sh',
  '',
].join('\n');
const GROUP = ['root:x:0:', 'nogroup:x:65534:', 'app:x:1000:', 'extra:x:2000:app', ''].join('\n');

// Process 1 of a container ignores SIGTERM unless it handles it, so the shell does and the server is its child.
const SERVE = `#!/bin/sh
port="\${PORT:-${SAMPLE_PORT}}"
trap 'echo "stopping"; kill "$server"; exit 0' TERM INT
httpd -f -v -p "$port" -h /www &
server=$!
echo "serving /www on port $port"
wait "$server"
`;
const FETCH_AND_EXIT = `#!/bin/sh
url="\${URL:-http://localhost:${SAMPLE_PORT}/}"
tries=0
until wget -q -O - "$url"; do
  tries=$((tries + 1))
  if [ "$tries" -ge 100 ]; then echo "no answer from $url"; exit 1; fi
  sleep 0.1
done
echo "fetched $url"
`;

/** Builds the sample from a statically linked busybox (Debian: /bin/busybox of busybox-static), with more on top. */
export async function buildSampleImage(
  busyboxPath: string,
  more: { readonly layers?: readonly BuiltLayer[]; readonly config?: ImageRunConfig } = {},
): Promise<BuiltImage> {
  const busybox = await readFile(busyboxPath);
  const architecture = staticElfArchitecture(busybox, busyboxPath);
  const { stdout } = await promisify(execFile)(busyboxPath, ['--list']);
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox');
  return buildImage({
    platform: { os: 'linux', architecture },
    layers: [
      buildLayer(systemEntries(busybox, applets)),
      buildLayer(contentEntries()),
      ...(more.layers ?? []),
    ],
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['serve'],
      WorkingDir: '/',
      ExposedPorts: { [`${SAMPLE_PORT}/tcp`]: {} },
      ...more.config,
    },
  });
}

function systemEntries(busybox: Buffer, applets: readonly string[]): TarEntry[] {
  return [
    ...['bin', 'dev', 'etc', 'proc', 'sys', 'usr', 'usr/bin', 'var'].map((path) => directory(path)),
    directory('root', { mode: 0o700 }),
    directory('home'),
    directory('home/app', { uid: 1000, gid: 1000 }),
    directory('tmp', { mode: 0o1777 }),
    file('bin/busybox', busybox, { mode: 0o755 }),
    ...applets.map((name) => symlink(`bin/${name}`, 'busybox')),
    file('etc/passwd', PASSWD),
    file('etc/group', GROUP),
  ];
}

function contentEntries(): TarEntry[] {
  return [
    directory('www'),
    file('www/index.html', SAMPLE_PAGE),
    file('usr/bin/serve', SERVE, { mode: 0o755 }),
    file('usr/bin/fetch-and-exit', FETCH_AND_EXIT, { mode: 0o755 }),
  ];
}

const ELF_MACHINES: Readonly<Record<number, string>> = { 62: 'amd64', 183: 'arm64' };
const PT_INTERP = 3;

/** The image's architecture; throws where the program needs a loader, which the image would not have. */
function staticElfArchitecture(program: Buffer, path: string): string {
  const isElf64 = program.readUInt32BE(0) === 0x7f454c46 && program[4] === 2;
  const architecture = isElf64 ? ELF_MACHINES[program.readUInt16LE(18)] : undefined;
  if (architecture === undefined) throw new Error(`${path} is no 64-bit program for x86 or ARM.`);
  const start = Number(program.readBigUInt64LE(32));
  const entrySize = program.readUInt16LE(54);
  for (let index = 0; index < program.readUInt16LE(56); index++) {
    if (program.readUInt32LE(start + index * entrySize) === PT_INTERP) {
      throw new Error(`${path} is not statically linked (Debian package: busybox-static).`);
    }
  }
  return architecture;
}
