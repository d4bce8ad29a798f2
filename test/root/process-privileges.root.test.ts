/** What the processes of a Neargate may do on their machine, and what others may of theirs. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findProcesses, processesWithArguments } from '../../src/linux/process-identity.ts';
import { AGENT_CAPABILITIES } from '../../src/main/privileges.ts';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';

/** Numbers of the kernel's, by setpriv's names. */
const NUMBERS: Readonly<Record<string, number>> = {
  ...{ chown: 0, dac_override: 1, dac_read_search: 2, fowner: 3, fsetid: 4, kill: 5, setgid: 6, setuid: 7 },
  ...{ setpcap: 8, net_bind_service: 10, net_admin: 12, net_raw: 13, sys_chroot: 18, sys_ptrace: 19 },
  ...{ sys_admin: 21, sys_resource: 24, mknod: 27, audit_write: 29, setfcap: 31 },
};
const CONTROL_PLANE = ['dac_override', 'fowner', 'setpcap', 'net_bind_service'];
/** Files of images, tasks and file systems, with the modes that they have there. */
const CONTENT = ['containerd/root', 'containerd/state', 'disks', 'efs', 'registry/storage'];
const LISTENING = '0A';

describe('The processes of Neargate', () => {
  let scene: Scene;
  let tasks: string[];

  before(async () => {
    scene = await Scene.start(['--runtimes', RUNTIMES.join()]);
    const container = scene.container('main', { command: ['sleep', '600'], stopTimeout: 2 });
    const definition = await scene.register([container]);
    tasks = await Promise.all(
      RUNTIMES.map((value) => scene.run(definition, { tags: [{ key: 'neargate:runtime', value }] })),
    );
    await Promise.all(tasks.map((arn) => scene.until(arn, 'RUNNING')));
  });

  after(async () => {
    await scene?.close();
  });

  const containerd = async (): Promise<number> => {
    const config = join(scene.neargate.dataDir, 'containerd', 'config.toml');
    const [found] = await processesWithArguments(['--config', config]);
    return found?.pid ?? assert.fail('no containerd');
  };

  /** containerd and the shims of tasks among them; those of containers name no directory of Neargate's. */
  const all = async (): Promise<number[]> => {
    const { dataDir } = scene.neargate;
    const own = await findProcesses((args) => args.some((argument) => argument.startsWith(dataDir)));
    const pids = own.map(({ pid }) => pid);
    for (const pid of [scene.neargate.pid, await scene.neargate.agentPid(), await containerd()]) {
      assert.ok(pids.includes(pid), `${pid} is not found`);
    }
    assert.ok(pids.length >= 3 + tasks.length, 'there are no shims');
    return pids;
  };

  it('hold four capabilities where they answer requests', () => {
    for (const set of ['Prm', 'Eff', 'Inh', 'Amb']) {
      assert.equal(capabilities(scene.neargate.pid, set), maskOf(CONTROL_PLANE));
    }
  });

  it('leave no core dumps', async () => {
    for (const pid of await all()) {
      assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size\s+0 /m);
    }
  });

  it('run tasks of each runtime with no more capabilities than these', async () => {
    for (const pid of (await all()).filter((one) => one !== scene.neargate.pid)) {
      // The machine may have less than that itself.
      for (const set of ['Bnd', 'Prm', 'Eff']) {
        assert.equal(capabilities(pid, set) & ~maskOf(AGENT_CAPABILITIES), 0n, `${pid} ${set}`);
      }
      for (const set of ['Inh', 'Amb']) assert.equal(capabilities(pid, set), 0n, `${pid} ${set}`);
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

function maskOf(names: readonly string[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(NUMBERS[name] ?? assert.fail(name))), 0n);
}

/** A set of a process, by its name in /proc. */
function capabilities(pid: number, set: string): bigint {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return BigInt(`0x${new RegExp(`^Cap${set}:\\t([0-9a-f]+)$`, 'm').exec(status)?.[1]}`);
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
