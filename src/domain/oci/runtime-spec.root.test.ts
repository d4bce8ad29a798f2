/** What a container sees of its definition when runc has read the spec. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  INIT,
  openSpecScene,
  type SpecScene,
  specSceneMissing,
  traceUntilKnown,
} from '../../../test/support/containerd/spec-scene.ts';
import { readHostLimits } from '../../drivers/host-limits/linux-host-limits.ts';
import type { ContainerDefinition } from '../ecs/task-definition.ts';

const TRACER: ContainerDefinition = { linuxParameters: { capabilities: { add: ['SYS_PTRACE'] } } };

describe('A container of a definition', { skip: specSceneMissing() ?? false }, () => {
  let scene: SpecScene;
  before(async () => {
    scene = await openSpecScene();
  });
  after(() => scene?.close());

  it('has the kernel’s parameters that it asks for', async () => {
    const { output } = await scene.run(
      'cd /proc/sys; cat net/core/somaxconn net/ipv4/tcp_syncookies kernel/msgmax kernel/sem fs/mqueue/msg_max',
      {
        systemControls: [
          { namespace: 'net.core.somaxconn', value: '2048' },
          { namespace: 'net.ipv4.tcp_syncookies', value: '0' },
          { namespace: 'kernel.msgmax', value: '9000' },
          { namespace: 'kernel.sem', value: '250 32000 100 200' },
          { namespace: 'fs.mqueue.msg_max', value: '20' },
        ],
      },
    );
    assert.equal(output, '2048\n0\n9000\n250\t32000\t100\t200\n20\n');
  });

  it('has an init as its first process, which hands on the exit code and cannot be written', async () => {
    const script = 'echo pid $$; busybox tr "\\0" " " < /proc/1/cmdline; echo x > /sbin/docker-init; exit 3';
    const { output, exitCode } = await scene.run(
      script,
      { linuxParameters: { initProcessEnabled: true } },
      { initPath: INIT },
    );
    assert.equal(exitCode, 3);
    assert.match(output, /^\/sbin\/docker-init -- \/bin\/sh -c /m);
    assert.doesNotMatch(output, /^pid 1$/m);
    assert.match(output, /docker-init: (Read-only file system|Text file busy)/);
  });

  it('has its limits, as far as the host has them to give', async () => {
    const { output } = await scene.run('cat /proc/self/limits', {
      ulimits: [
        { name: 'core', softLimit: -1, hardLimit: -1 },
        { name: 'nofile', softLimit: 100, hardLimit: 200 },
        { name: 'nproc', softLimit: 9_999_999, hardLimit: 9_999_999 },
        { name: 'memlock', softLimit: 4_096, hardLimit: -1 },
      ],
    });
    const { hardLimits } = await readHostLimits();
    const most = (name: string, wanted: string): string => String(hardLimits[`RLIMIT_${name}`] ?? wanted);
    const nproc = String(Math.min(hardLimits['RLIMIT_NPROC'] ?? Infinity, 9_999_999));
    assert.deepEqual(limitIn(output, 'Max core file size'), [
      most('CORE', 'unlimited'),
      most('CORE', 'unlimited'),
    ]);
    assert.deepEqual(limitIn(output, 'Max open files'), ['100', '200']);
    assert.deepEqual(limitIn(output, 'Max processes'), [nproc, nproc]);
    assert.deepEqual(limitIn(output, 'Max locked memory'), ['4096', most('MEMLOCK', 'unlimited')]);
  });

  it('has as many open files as its platform gives where it does not ask', async () => {
    const { output } = await scene.run('cat /proc/self/limits');
    assert.deepEqual(limitIn(output, 'Max open files'), ['1024', '4096']);
  });

  it('writes to its volumes only when its root is read-only, though nobody made their places', async () => {
    const mounts = await Promise.all(
      [
        { destination: '/data/volume', mode: 'rw' },
        { destination: '/data/fixed', mode: 'ro' },
      ].map(async ({ destination, mode }) => {
        const source = join(scene.directory, destination.replaceAll('/', '-'));
        await mkdir(source);
        return { destination, type: 'bind', source, options: ['rbind', 'rprivate', mode] };
      }),
    );
    const { output } = await scene.run(
      'pwd; echo x > /data/volume/file && cat /data/volume/file; echo x > /data/fixed/file; echo x > /file; echo x > file',
      { readonlyRootFilesystem: true, workingDirectory: '/made/by/runtime' },
      { mounts },
    );
    assert.match(output, /^\/made\/by\/runtime\nx\n/);
    for (const path of ['/data/fixed/file', '/file', 'file']) {
      assert.ok(output.includes(`can't create ${path}: Read-only file system`), output);
    }
  });

  it('has what is mounted inside a volume over the volume, in whatever order they are named', async () => {
    const source = join(scene.directory, 'etc-volume');
    const hosts = join(scene.directory, 'hosts');
    await mkdir(source);
    await writeFile(join(source, 'own'), 'own\n');
    await writeFile(hosts, 'hosts\n');
    const bind = (destination: string, from: string) => ({
      destination,
      type: 'bind',
      source: from,
      options: ['rbind', 'rprivate'],
    });
    const { output } = await scene.run(
      'cat /etc/own /etc/hosts',
      {},
      { mounts: [bind('/etc/hosts', hosts), bind('/etc', source)] },
    );
    assert.equal(output, 'own\nhosts\n');
  });

  it('has Docker’s capabilities, and SYS_PTRACE where it asks for that', async () => {
    const script = 'busybox grep -E "^Cap(Bnd|Eff)" /proc/self/status';
    assert.equal((await scene.run(script)).output, 'CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n');
    const tracer = await scene.run(script, TRACER);
    assert.equal(tracer.output, 'CapEff:\t00000000a80c25fb\nCapBnd:\t00000000a80c25fb\n');
  });

  it('traces its own children', async () => {
    const { output, exitCode } = await scene.run('strace -f -e trace=execve /bin/busybox echo traced');
    assert.equal(exitCode, 0, output);
    assert.match(output, /execve\("\/bin\/busybox", \["\/bin\/busybox", "echo", "traced"\]/);
    assert.match(output, /^traced$/m);
  });

  const attach = `sleep 1000 & ${traceUntilKnown('$!')}`;

  it('cannot take hold of another process', async () => {
    const { output } = await scene.run(attach);
    assert.match(
      output,
      /strace: attach: ptrace\((PTRACE_SEIZE|PTRACE_ATTACH), \d+\): Operation not permitted/,
    );
  });

  it('can with SYS_PTRACE', async () => {
    const { output } = await scene.run(attach, TRACER);
    assert.match(output, /strace: Process \d+ attached/);
  });
});

/** Soft and hard limit in the text of /proc/self/limits. */
function limitIn(text: string, label: string): string[] | undefined {
  const line = text.split('\n').find((entry) => entry.startsWith(label));
  return line?.slice(label.length).trim().split(/\s+/).slice(0, 2);
}
