/** The pause program as the first process of a PID namespace: by hand, and as the container that tasks share. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  openSpecScene,
  type RunningContainer,
  type SpecScene,
  specSceneMissing,
  traceUntilKnown,
} from '../../../test/support/containerd/spec-scene.ts';
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import { PAUSE_PATH, pauseSpec } from './pause-spec.ts';
import { pauseProgram } from './pause-program.ts';
import { patient } from '../../ports/testing/patience.ts';

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const SIGTERM = 15;
const SIGCHLD_BIT = 1n << 16n;
const PATIENCE_MS = patient(10_000);

const isRoot = process.getuid?.() === 0;

describe('The pause program in a PID namespace', { skip: isRoot ? false : 'needs root' }, () => {
  let directory: string;
  let unshare: ChildProcess;
  let pid: number;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    const program = join(directory, 'pause');
    await writeFile(program, pauseProgram(ARCHITECTURE), { mode: 0o755 });
    unshare = spawn('unshare', ['--pid', '--fork', '--kill-child', program], { stdio: 'ignore' });
    const [found] = await until(async () => {
      const children = await childrenOf(unshare.pid as number);
      const isWaiting = children[0] !== undefined && (await ignoresChildren(children[0]));
      return isWaiting ? children : undefined;
    });
    pid = found as number;
  });
  afterEach(async () => {
    if (unshare.exitCode === null && unshare.signalCode === null) {
      unshare.kill('SIGKILL');
      await once(unshare, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  });

  it('reaps what is orphaned', async () => {
    const script = 'sleep 1000 > /dev/null 2>&1 & echo made';
    const inside = ['--target', String(pid), '--pid', 'sh', '-c', script];
    assert.equal((await promisify(execFile)('nsenter', inside)).stdout, 'made\n');
    const [orphan = 0] = await until(async () => {
      const children = await childrenOf(pid);
      return children.length > 0 ? children : undefined;
    });
    process.kill(orphan, 'SIGKILL');
    await until(async () => (existsSync(`/proc/${orphan}`) ? undefined : true));
    assert.deepEqual(await childrenOf(pid), []);
  });

  it('ends with code 0 on SIGTERM from outside', async () => {
    await until(async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') S ') || undefined);
    const ended = once(unshare, 'exit');
    process.kill(pid, 'SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  it('ignores what it did not ask for, also from inside', async () => {
    const script = 'kill -INT 1; kill -HUP 1; kill -KILL 1; kill -CHLD 1; kill -0 1 && echo alive';
    const { stdout } = await promisify(execFile)('nsenter', [
      '--target',
      String(pid),
      '--pid',
      'sh',
      '-c',
      script,
    ]);
    assert.equal(stdout, 'alive\n');
    assert.equal(unshare.exitCode, null);
  });
});

describe('The PID namespace of a task', { skip: specSceneMissing() ?? false }, () => {
  let scene: SpecScene;
  let pause: RunningContainer;
  before(async () => {
    scene = await openSpecScene();
    const layer = join(scene.directory, 'pause');
    await mkdir(layer);
    await writeFile(join(layer, PAUSE_PATH), pauseProgram(ARCHITECTURE), { mode: 0o755 });
    const spec = pauseSpec({
      architecture: ARCHITECTURE,
      hostname: 'scene',
      networkNamespacePath: '',
      taskCgroup: scene.cgroup,
      runtimeId: 'set at the start',
    });
    const namespaces = spec.linux.namespaces.map(({ type }) => ({ type }));
    pause = await scene.start({ ...spec, linux: { ...spec.linux, namespaces } }, [layer]);
  });
  after(() => scene?.close());

  const shared = () => ({ pidNamespacePath: `/proc/${pause.pid}/ns/pid` });

  it('is held by a process that may do nothing', async () => {
    const status = await readFile(`/proc/${pause.pid}/status`, 'utf8');
    for (const line of [
      'Uid:\t65534\t65534\t65534\t65534',
      'Gid:\t65534\t65534\t65534\t65534',
      'CapBnd:\t0000000000000000',
      'CapEff:\t0000000000000000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ]) {
      assert.ok(status.includes(`\n${line}\n`), `${line} in ${status}`);
    }
  });

  it('shows each container the processes of the others', async () => {
    const sleeper = await scene.start(await scene.spec(aSleeper(), shared()));
    const { output } = await scene.run(listing('sleep'), {}, shared());
    assert.match(output, /^\d+ sleep 1000 $/m);
    const alone = await scene.run(listing('sleep'));
    assert.doesNotMatch(alone.output, /sleep 1000/);
    await sleeper.signal(9);
    await sleeper.ended();
  });

  it('has nobody take hold of another container’s process without SYS_PTRACE', async () => {
    const sleeper = await scene.start(await scene.spec(aSleeper(), shared()));
    const script = `${listing('sleep')} > /tmp/list; read pid rest < /tmp/list; ${traceUntilKnown('$pid')}`;
    // Ends what it looks at, so there is one for each.
    const denied = await scene.run(script, {}, shared());
    assert.match(denied.output, /strace: attach: ptrace\(\w+, \d+\): Operation not permitted/);
    await sleeper.ended();
    const other = await scene.start(await scene.spec(aSleeper(), shared()));
    const tracer: ContainerDefinition = { linuxParameters: { capabilities: { add: ['SYS_PTRACE'] } } };
    const allowed = await scene.run(script, tracer, shared());
    assert.match(allowed.output, /strace: Process \d+ attached/);
    assert.match(allowed.output, /\+\+\+ killed by SIGTERM \+\+\+/);
    await other.ended();
  });

  it('keeps nothing of a container whose own first process has ended', async () => {
    const { exitCode } = await scene.run('(sleep 1000 & sleep 1000 &); exit 3', {}, shared());
    assert.equal(exitCode, 3);
    await until(async () => ((await childrenOf(pause.pid)).length === 0 ? true : undefined));
  });

  it('ends with SIGTERM', async () => {
    await pause.signal(SIGTERM);
    assert.equal((await pause.ended()).exitCode, 0);
  });
});

function aSleeper(): ContainerDefinition {
  return { command: ['sleep', '1000'] };
}

/** Lists processes whose command begins with a word, with their pids. */
function listing(word: string): string {
  return `for p in /proc/[0-9]*; do c=$(busybox tr '\\0' ' ' < $p/cmdline); case "$c" in ${word}\\ *) echo "\${p#/proc/} $c";; esac; done`;
}

async function ignoresChildren(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, ignored = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${ignored}`) & SIGCHLD_BIT) !== 0n;
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** The kernel tells nobody when /proc changes: looked at again and again. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(Date.now() < end, 'nothing happened in time');
    await sleep(10);
  }
}
