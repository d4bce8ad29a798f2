/** A hostile image in a real task: each known attempt to get out of its container, with the answer that it gets. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildLayer } from '../../src/cli/sample-image/image.ts';
import { file } from '../../src/cli/sample-image/tar.ts';
import { holes } from '../support/isolation/attempt.ts';
import { ATTEMPTS } from '../support/isolation/attempts.ts';
import { answersOf, hostileScript, PERL, perlLayer } from '../support/isolation/hostile-program.ts';
import { taskIdOf } from '../support/neargate/arn.ts';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { patient } from '../../src/ports/testing/patience.ts';
import { Scene } from '../support/neargate/scene.ts';

/** A process for each try, which a sandbox makes slowly. */
const PATIENCE_MS = patient(240_000);
/** A socket of the machine that has a name and no file, as long as the process runs. */
const LISTENER = `$| = 1; socket(S, 1, 1, 0); bind(S, pack("S a*", 1, "\\0$ARGV[0]")) or die; listen(S, 1); print "ready\\n"; sleep`;

/** Makes processes, a few dozen at a time, until there is one that it does not get. */
const FORKS = `
$| = 1;
for (;;) {
  my @made;
  for (1 .. 64) {
    my $pid = fork;
    if (!defined $pid) { print "$!\\n"; kill 9, @made; exit }
    if ($pid == 0) { sleep 60; exit }
    push @made, $pid;
  }
  kill 9, @made;
  waitpid $_, 0 for @made;
  select undef, undef, undef, 0.1;
}`;

describe('A hostile container', { concurrency: RUNTIMES.length }, () => {
  let scene: Scene;
  let directory: string;
  let listener: ChildProcess;
  let image: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-hostile-'));
    const name = `neargate-hostile-${process.pid}`;
    listener = spawn(PERL, ['-e', LISTENER, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(listener.stdout ?? assert.fail('no output'), 'data');
    scene = await Scene.start(['--runtimes', RUNTIMES.join()]);
    const { dataDir } = scene.neargate;
    const secret = join(directory, 'secret');
    await writeFile(secret, 'of the machine', { mode: 0o644 });
    const namespaces = ['mnt', 'net', 'pid', 'ipc', 'uts', 'cgroup'].map(
      async (kind) => [`namespace_${kind}`, await readlink(`/proc/self/ns/${kind}`)] as const,
    );
    const script = hostileScript(ATTEMPTS, {
      host_file: secret,
      ...numbersOf(statSync('/').dev),
      containerd_socket: join(dataDir, 'containerd', 'c.sock'),
      link_socket: join(dataDir, 'run', 'link.sock'),
      abstract_socket: name,
      ...Object.fromEntries(await Promise.all(namespaces)),
    });
    const layers = [await perlLayer(), buildLayer([file('hostile', script)])];
    image = await scene.push('hostile', { layers });
  });

  after(async () => {
    const ended = once(listener, 'exit');
    listener.kill('SIGKILL');
    await ended;
    await scene?.close();
    await rm(directory, { recursive: true, force: true });
  });

  for (const runtime of RUNTIMES) {
    describe(`with ${runtime}`, () => {
      let answers: ReturnType<typeof answersOf>;

      before(async () => {
        const container = scene.container('hostile', {
          image,
          command: ['perl', '/hostile'],
          mountPoints: [{ sourceVolume: 'volume', containerPath: '/volume' }],
        });
        const arn = await scene.run(await scene.register([container], { volumes: [{ name: 'volume' }] }), {
          tags: [{ key: 'neargate:runtime', value: runtime }],
        });
        const { stoppedReason, containers } = await scene.until(arn, 'STOPPED', PATIENCE_MS);
        assert.equal(containers?.[0]?.exitCode, 0, stoppedReason);
        answers = answersOf(await scene.output(arn, 'hostile'));
      });

      for (const attempt of ATTEMPTS) {
        it(attempt.name, () => {
          const own = answers.get(attempt.name) ?? new Map<string, string>();
          assert.ok(own.size > 0, 'nothing was tried');
          assert.deepEqual(holes(attempt, runtime, own), []);
        });
      }
    });
  }
});

describe('A task that makes processes without end', () => {
  let scene: Scene;
  let image: string;

  before(async () => {
    scene = await Scene.start();
    image = await scene.push('forks', { layers: [await perlLayer()] });
  });

  after(async () => {
    await scene?.close();
  });

  it('has a number of them for all its containers, and gets no more', async () => {
    const container = scene.container('forks', { image, command: ['perl', '-e', FORKS] });
    const arn = await scene.run(await scene.register([container]));
    await scene.until(arn, 'RUNNING');
    const limit = await processLimit(taskIdOf(arn));
    const all = Number(await readFile('/proc/sys/kernel/pid_max', 'utf8'));
    const own = Number(await readFile(limit, 'utf8'));
    assert.ok(own > 0 && own <= all / 8, `${own} of ${all}`);
    // What it really gets would take the test a while to make.
    await writeFile(limit, '16');
    await scene.outputWith(arn, 'forks', /^Resource temporarily unavailable$/);
    await scene.until(arn, 'STOPPED');
  });
});

/** The file with a task's limit of processes, on cgroup v1 and v2. */
async function processLimit(taskId: string): Promise<string> {
  const isUnified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const root = isUnified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/pids';
  const parents = (await readdir(root)).filter((name) => name.startsWith('neargate-'));
  const files = parents.map((name) => join(root, name, taskId, 'pids.max'));
  return files.find((file) => existsSync(file)) ?? assert.fail(`${taskId} has no limit of processes`);
}

function numbersOf(device: number): { disk_major: string; disk_minor: string } {
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  return { disk_major: String((device >> 8) & 0xfff), disk_minor: String(minor) };
}
