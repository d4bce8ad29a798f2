import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aContainer, aTask, stopped } from '../../test/support/agent/assignments.ts';
import { type RealMachine, startRealMachine } from '../../test/support/agent/real-machine.ts';
import { containerdMissing } from '../../test/support/containerd/private-containerd.ts';
import { registryMissing } from '../../test/support/registry/registry.ts';
import { readHostLimits } from '../drivers/host-limits/linux-host-limits.ts';
import type { ContainerDefinition } from '../domain/ecs/task-definition.ts';
import type { AssignedContainer, DesiredTask } from '../domain/task/assignment.ts';
import { fetchPage } from '../../test/support/neargate/fetch-page.ts';
import { randomBytes } from 'node:crypto';

const skip = containerdMissing() ?? (await registryMissing()) ?? false;

describe('Agent with real drivers', { skip }, () => {
  let machine: RealMachine;
  let lastTask = 0;
  /** The machine's runc knows containers of others by their ids, too. */
  const idsOfRun = randomBytes(12).toString('hex');
  before(async () => {
    machine = await startRealMachine();
  });
  after(async () => {
    await machine?.close();
  });

  const container = (name: string, definition: Partial<ContainerDefinition>): AssignedContainer => {
    const logConfiguration = {
      logDriver: 'awslogs',
      options: { 'awslogs-group': 'g', 'awslogs-stream-prefix': 'p' },
    };
    const made = aContainer(name, { logConfiguration, ...definition });
    return { ...made, definition: { ...made.definition, image: machine.image } };
  };
  const task = (...containers: AssignedContainer[]): DesiredTask => {
    lastTask += 1;
    const taskId = `${idsOfRun}${lastTask.toString(16).padStart(8, '0')}`;
    return machine.inVpc(aTask(containers, { taskId }), lastTask + 10);
  };
  const shell = (script: string, definition: Partial<ContainerDefinition> = {}): AssignedContainer =>
    container('sh', { command: ['sh', '-c', script], ...definition });
  const run = async (one: DesiredTask): Promise<{ lines: string[]; exitCode: number | undefined }> => {
    await machine.agent.upsert(one);
    const { taskId } = one.assignment;
    const report = await machine.until(taskId, 'STOPPED');
    const name = report.containers[0]?.name ?? '';
    return { lines: machine.logs.get(`p/${name}/${taskId}`) ?? [], exitCode: report.containers[0]?.exitCode };
  };

  it('runs a web server that the host can reach, and leaves nothing of it', async () => {
    const web = task(container('web', { stopTimeout: 5 }));
    const { taskId, eni } = web.assignment;
    await machine.agent.upsert(web);
    await machine.until(taskId, 'RUNNING');
    const page = await fetchPage(`http://${eni.privateIpv4Address}:8080/`);
    assert.match(page, /Hello from a Fargate task/);
    await machine.agent.upsert(stopped(web));
    const report = await machine.until(taskId, 'STOPPED');
    assert.equal(report.containers[0]?.exitCode, 0);
    assert.deepEqual(await machine.leftovers(), []);
    assert.ok(machine.logs.get(`p/web/${taskId}`)?.includes('stopping'));
  });

  it('gives a container what Fargate gives it', async () => {
    const script = [
      'hostname',
      'cat /etc/hosts /etc/resolv.conf',
      'grep -E "^(CapEff|Seccomp|NoNewPrivs):" /proc/self/status',
      'ip link show eth1 | head -1',
      'df -k / | tail -1',
      'ulimit -n',
      'echo "$AWS_EXECUTION_ENV $HOME"',
      'id',
      'ls /dev | tr "\\n" " "',
      'mount -t tmpfs x /mnt 2>&1 || true',
    ].join('; ');
    const one = task(shell(script));
    const { lines } = await run(one);
    const text = lines.join('\n');
    const { eni } = one.assignment;
    assert.equal(lines[0], eni.privateDnsName);
    assert.match(text, new RegExp(`^${eni.privateIpv4Address} ${eni.privateDnsName}$`, 'm'));
    assert.match(text, /^nameserver /m);
    assert.match(text, /CapEff:\s+00000000a80425fb/);
    assert.match(text, /Seccomp:\s+2/);
    assert.match(text, /NoNewPrivs:\s+0/);
    assert.match(text, /mtu 9001/);
    const { hardLimits } = await readHostLimits();
    assert.match(text, new RegExp(`^${Math.min(hardLimits['RLIMIT_NOFILE'] ?? Infinity, 65_535)}$`, 'm'));
    assert.match(text, /^AWS_ECS_FARGATE \/root$/m);
    assert.match(text, /uid=0\(root\) gid=0\(root\)/);
    assert.match(text, /mount: .*(denied|permitted)/);
    const size = Number(/^\S+\s+(\d+)/m.exec(lines.find((line) => / \d+% \/$/.test(line)) ?? '')?.[1]);
    assert.ok(size > 19 * 2 ** 20 && size < 21 * 2 ** 20, `${size} KiB`);
  });

  it('runs as the user that the definition names', async () => {
    const { lines } = await run(task(shell('id; touch /x', { user: 'app' })));
    assert.match(lines[0] ?? '', /uid=1000\(app\) gid=1000\(app\) groups=1000\(app\),2000\(extra\)/);
    assert.match(lines[1] ?? '', /denied/);
  });

  it('keeps the root file system from being written where that is asked', async () => {
    const { lines } = await run(
      task(shell('touch /x; echo y > /etc/hosts', { readonlyRootFilesystem: true })),
    );
    assert.match(lines.join('\n'), /\/x: Read-only file system/);
    assert.match(lines.join('\n'), /\/etc\/hosts: Read-only file system/);
  });

  it('tells the exit code, and 137 after SIGKILL', async () => {
    assert.equal((await run(task(shell('exit 3')))).exitCode, 3);
    const deaf = task(shell('trap "" TERM; while :; do sleep 1; done', { stopTimeout: 2 }));
    await machine.agent.upsert(deaf);
    await machine.until(deaf.assignment.taskId, 'RUNNING');
    await machine.agent.upsert(stopped(deaf));
    const report = await machine.until(deaf.assignment.taskId, 'STOPPED');
    assert.equal(report.containers[0]?.exitCode, 137);
  });

  it('says why memory killed a container', async () => {
    const hungry = task(shell('x=a; while :; do x="$x$x"; done', { memory: 16 }));
    await machine.agent.upsert(hungry);
    const report = await machine.until(hungry.assignment.taskId, 'STOPPED');
    assert.equal(report.containers[0]?.exitCode, 137);
    assert.equal(report.containers[0]?.reason, 'OutOfMemoryError: Container killed due to memory usage');
  });

  it('says in Fargate’s words that a command is not there', async () => {
    const bad = task(container('bad', { command: ['no-such-command'] }));
    await machine.agent.upsert(bad);
    const report = await machine.until(bad.assignment.taskId, 'STOPPED');
    assert.equal(report.stop?.stopCode, 'TaskFailedToStart');
    assert.match(
      report.stop?.reason ?? '',
      /^CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "no-such-command": executable file not found in \$PATH: unknown$/,
    );
    assert.deepEqual(await machine.leftovers(), []);
  });

  it('says in Fargate’s words that an image is not there', async () => {
    const made = aContainer('web');
    const bad = task({
      ...made,
      definition: { ...made.definition, image: machine.image.replace('sample', 'none') },
    });
    await machine.agent.upsert(bad);
    const report = await machine.until(bad.assignment.taskId, 'STOPPED');
    assert.match(report.stop?.reason ?? '', /^CannotPullContainerError: /);
    assert.deepEqual(await machine.leftovers(), []);
  });

  it('runs several containers that share localhost', async () => {
    const both = task(
      container('web', { stopTimeout: 2 }),
      container('client', { command: ['fetch-and-exit'], essential: false }),
    );
    const { taskId } = both.assignment;
    await machine.agent.upsert(both);
    await machine.until(taskId, 'RUNNING');
    while (machine.reports.findLast((r) => r.taskId === taskId)?.containers[1]?.exitCode === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(machine.reports.findLast((r) => r.taskId === taskId)?.containers[1]?.exitCode, 0);
    await machine.agent.upsert(stopped(both));
    await machine.until(taskId, 'STOPPED');
    assert.deepEqual(await machine.leftovers(), []);
  });

  it('takes a running task over, and its logs go on', async () => {
    const one = task(shell('trap "exit 0" TERM; i=0; while :; do echo $((i=i+1)); sleep 0.05; done'));
    const { taskId } = one.assignment;
    await machine.agent.upsert(one);
    await machine.until(taskId, 'RUNNING');
    await machine.restart();
    assert.equal(machine.agent.reports().find((r) => r.taskId === taskId)?.status, 'RUNNING');
    const lines = (): string[] => machine.logs.get(`p/sh/${taskId}`) ?? [];
    const before = lines().length;
    while (lines().length < before + 5) await new Promise((resolve) => setTimeout(resolve, 20));
    await machine.agent.upsert(stopped(one));
    const report = await machine.until(taskId, 'STOPPED');
    assert.equal(report.containers[0]?.exitCode, 0);
    assert.deepEqual(
      lines(),
      lines().map((_, index) => String(index + 1)),
    );
    assert.deepEqual(await machine.leftovers(), []);
  });

  it('brings twenty tasks up and down at the same time', async (t) => {
    const tasks = Array.from({ length: 20 }, () => task(shell('trap "exit 0" TERM; sleep 100 & wait')));
    const startedAt = performance.now();
    await Promise.all(tasks.map((one) => machine.agent.upsert(one)));
    for (const { assignment } of tasks) await machine.until(assignment.taskId, 'RUNNING');
    const runningAt = performance.now();
    await Promise.all(tasks.map((one) => machine.agent.upsert(stopped(one))));
    for (const { assignment } of tasks) await machine.until(assignment.taskId, 'STOPPED');
    assert.deepEqual(await machine.leftovers(), []);
    const ms = (from: number, to: number): number => Math.round(to - from);
    t.diagnostic(`up in ${ms(startedAt, runningAt)} ms, down in ${ms(runningAt, performance.now())} ms`);
  });
});
