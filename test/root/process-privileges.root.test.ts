/** What the processes of a Neargate may do on their machine, and what others may of theirs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { processesWithArguments } from '../../src/linux/process-identity.ts';
import { PROGRAM } from '../support/neargate/instance.ts';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';

/** By number, as the kernel has them. docs/security.md names them for systemd. */
const NEEDED = {
  ...{ chown: 0, dac_override: 1, dac_read_search: 2, fowner: 3, fsetid: 4, kill: 5, setgid: 6, setuid: 7 },
  ...{ setpcap: 8, net_bind_service: 10, net_admin: 12, net_raw: 13, sys_chroot: 18, sys_ptrace: 19 },
  ...{ sys_admin: 21, sys_resource: 24, mknod: 27, audit_write: 29, setfcap: 31 },
};
const MASK = Object.values(NEEDED).reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
/** Files of images, tasks and file systems, with the modes that they have there. */
const CONTENT = ['containerd/root', 'containerd/state', 'disks', 'efs', 'registry/storage'];
const LISTENING = '0A';

describe('The processes of Neargate', () => {
  let directory: string;
  let scene: Scene;
  let tasks: string[];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-privileges-'));
    const program = join(directory, 'neargate');
    const bounding = ['-all', ...Object.keys(NEEDED).map((name) => `+${name}`)].join();
    const script = `#!/bin/sh\nexec setpriv --bounding-set ${bounding} ${PROGRAM} "$@"\n`;
    await writeFile(program, script, { mode: 0o700 });
    scene = await Scene.start(['--runtimes', RUNTIMES.join()], { program });
    const container = scene.container('main', { command: ['sleep', '600'], stopTimeout: 2 });
    const definition = await scene.register([container]);
    tasks = await Promise.all(
      RUNTIMES.map((value) => scene.run(definition, { tags: [{ key: 'neargate:runtime', value }] })),
    );
    await Promise.all(tasks.map((arn) => scene.until(arn, 'RUNNING')));
  });

  after(async () => {
    await scene?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const containerd = async (): Promise<number> => {
    const config = join(scene.neargate.dataDir, 'containerd', 'config.toml');
    const [found] = await processesWithArguments(['--config', config]);
    return found?.pid ?? assert.fail('no containerd');
  };

  it('run tasks of each runtime with no more capabilities than these', async () => {
    const { neargate } = scene;
    for (const pid of [neargate.pid, await neargate.agentPid(), await containerd()]) {
      // The machine may have less than that itself.
      assert.equal(boundingSet(pid) & ~MASK, 0n);
    }
    for (const arn of tasks) {
      await scene.stop(arn);
      await scene.until(arn, 'STOPPED');
    }
  });

  it('keep their files to their owner', () => {
    const { dataDir } = scene.neargate;
    const { mode, uid } = statSync(dataDir);
    assert.deepEqual([mode & 0o7777, uid], [0o700, 0]);
    // What others are to believe, and sockets of root's own group.
    assert.deepEqual(openToOthers(dataDir).toSorted(), [
      'ca.pem',
      'containerd/c.sock',
      'containerd/c.sock.ttrpc',
    ]);
  });

  it('listen on the machine at the endpoint alone', async () => {
    const { neargate } = scene;
    const pids = [neargate.pid, await neargate.agentPid(), await containerd()];
    const own = new Set(pids.flatMap(socketsOf));
    const ports = ['tcp', 'tcp6']
      .flatMap((kind) => table(kind))
      .filter(([, , , state]) => state === LISTENING);
    const listening = ports.filter((fields) => own.has(fields[9] ?? '')).map(([, local]) => local);
    const port = Number(new URL(neargate.info.endpoint).port).toString(16).toUpperCase().padStart(4, '0');
    assert.deepEqual(listening, [`0100007F:${port}`]);
    // Sockets without a file are there for everybody on the machine.
    const abstract = table('unix').filter(
      ([, , , , , , inode, name]) => own.has(inode ?? '') && name?.startsWith('@'),
    );
    assert.deepEqual(abstract, []);
  });
});

function boundingSet(pid: number): bigint {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return BigInt(`0x${/^CapBnd:\t([0-9a-f]+)$/m.exec(status)?.[1]}`);
}

/** What group or others may read or write; links have no say in it. */
function openToOthers(root: string, directory = root): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    const name = relative(root, path);
    if (CONTENT.includes(name) || entry.isSymbolicLink()) return [];
    const below = entry.isDirectory() ? openToOthers(root, path) : [];
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    return (mode & 0o066) === 0 ? below : [name, ...below];
  });
}

/** Inodes of the sockets that a process has open. */
function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.slice(1, 2) ?? [];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

/** Rows of a table of the machine's own network. */
function table(kind: string): string[][] {
  const [, ...lines] = readFileSync(`/proc/net/${kind}`, 'utf8').trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/));
}
