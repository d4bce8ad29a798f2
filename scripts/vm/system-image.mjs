/**
 * The system of the machine: Debian 12 from packages, as a drive, with its kernel and a small initramfs beside it.
 * Made anew only when what it is made of changes.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { packageNames } from '../../dist/src/cli/setup/debian-packages.js';
import { debianMirror, makeDebianSystem, SUITE } from '../debian-system.mjs';
import { start } from '../processes.mjs';

/** What the machine is booted for. */
export const UNIT = 'neargate-vm.service';
const SIZE = '64G';

/** Beside those that Neargate and its tests need. */
const PACKAGES = [
  'linux-image-cloud-amd64',
  // Any initramfs does for the kernel's package; this is the smallest. The machine has its own.
  'tiny-initramfs',
  'kmod',
  'mount',
  'systemd',
  'procps',
  'ca-certificates',
  // What official builds of Node need.
  'libstdc++6',
  'libatomic1',
];

const EXCLUDED = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*'];

/** Modules without which there is no drive, in the order in which they need each other. Ext4 is in the kernel. */
const MODULES = [
  'virtio/virtio_ring',
  'virtio/virtio',
  'virtio/virtio_pci_modern_dev',
  'virtio/virtio_pci_legacy_dev',
  'virtio/virtio_pci',
  'block/virtio_blk',
];

/** Its directory in the cache, with `drive`, `kernel` and `initramfs`. */
export async function systemImage(cache, signal) {
  const packages = [...new Set([...packageNames('test'), ...PACKAGES])].sort();
  const recipe = [
    SUITE,
    SIZE,
    EXCLUDED,
    MODULES,
    build.toString(),
    makeInitramfs.toString(),
    initScript(),
    unitFile(),
  ];
  const key = createHash('sha256')
    .update(JSON.stringify([packages, debianMirror(), recipe]))
    .digest('hex')
    .slice(0, 12);
  const directory = join(cache, `system-${key}`);
  if (existsSync(directory)) return directory;
  console.log(`Building the machine's system from ${packages.length} Debian packages and what they need …`);
  const building = join(cache, `building-${process.pid}`);
  try {
    await build(building, { packages, signal });
    for (const name of readdirSync(cache)) {
      if (name.startsWith('system-')) rmSync(join(cache, name), { recursive: true });
    }
    renameSync(building, directory);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return directory;
}

async function build(directory, { packages, signal }) {
  const root = join(directory, 'root');
  mkdirSync(root, { recursive: true });
  await makeDebianSystem(root, { packages, excluded: EXCLUDED, temporary: directory, signal });
  writeFileSync(join(root, 'etc/systemd/system', UNIT), unitFile());
  const boot = readdirSync(join(root, 'boot'));
  const kernel = boot.find((name) => name.startsWith('vmlinuz-'));
  cpSync(join(root, 'boot', kernel), join(directory, 'kernel'));
  await makeInitramfs(root, kernel.slice('vmlinuz-'.length), { directory, signal });
  const options = 'lazy_itable_init=1,lazy_journal_init=1';
  const drive = join(directory, 'drive');
  await start('mke2fs', ['-q', '-t', 'ext4', '-E', options, '-d', root, drive, SIZE], { signal });
  rmSync(root, { recursive: true });
}

/** By the busybox of the system itself, so that the host needs none. */
async function makeInitramfs(root, version, { directory, signal }) {
  const files = join(root, 'initramfs');
  for (const name of ['bin', 'dev', 'modules', 'proc', 'system'])
    mkdirSync(join(files, name), { recursive: true });
  cpSync(join(root, 'usr/bin/busybox'), join(files, 'bin/busybox'));
  for (const module of MODULES) {
    const from = join(root, 'usr/lib/modules', version, 'kernel/drivers', `${module}.ko`);
    cpSync(from, join(files, 'modules', `${basename(module)}.ko`));
  }
  writeFileSync(join(files, 'modules/order'), MODULES.map((module) => `${basename(module)}.ko\n`).join(''));
  writeFileSync(join(files, 'init'), initScript());
  chmodSync(join(files, 'init'), 0o755);
  const pack = 'cd /initramfs && busybox find . | busybox cpio -o -H newc > /initramfs.cpio';
  await start('chroot', [root, 'sh', '-c', pack], { signal });
  renameSync(join(root, 'initramfs.cpio'), join(directory, 'initramfs'));
  rmSync(files, { recursive: true });
}

function initScript() {
  return readFileSync(join(import.meta.dirname, 'guest/initramfs-init.sh'), 'utf8');
}

function unitFile() {
  return readFileSync(join(import.meta.dirname, 'guest', UNIT), 'utf8');
}
