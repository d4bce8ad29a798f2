import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { AgentUnderTest } from '../../test/support/agent/agent-under-test.ts';
import { aContainer, aTask, stopped } from '../../test/support/agent/assignments.ts';
import { type Behaviour, FakeMachine } from '../../test/support/agent/fake-machine.ts';
import { AppError } from '../domain/errors.ts';

const signals = ({ machine }: AgentUnderTest): string[] =>
  machine.acts.filter((act) => act.startsWith('signal '));

describe('Agent', () => {
  const machines: FakeMachine[] = [];
  const open = async (behaviours: Readonly<Record<string, Behaviour>> = {}): Promise<AgentUnderTest> => {
    const machine = new FakeMachine(behaviours);
    machines.push(machine);
    const under = new AgentUnderTest(machine);
    await under.agent.start(new AbortController().signal);
    return under;
  };
  afterEach(async () => {
    for (const machine of machines.splice(0)) await machine.close();
  });

  it('brings a task of one container to RUNNING', async () => {
    const under = await open();
    await under.agent.upsert(aTask());
    const report = await under.untilStatus('RUNNING');
    assert.equal(report.containers[0]?.status, 'RUNNING');
    assert.match(report.containers[0]?.runtimeId ?? '', /^[0-9a-f]{32}-\d{10}$/);
    assert.ok(report.eniAttached);
    for (const time of ['pullStartedAt', 'pullStoppedAt', 'startedAt'] as const) assert.ok(report[time]);
  });

  it('stops a task with SIGTERM and leaves nothing behind', async () => {
    const under = await open();
    await under.agent.upsert(aTask());
    await under.untilStatus('RUNNING');
    await under.agent.upsert(stopped(aTask()));
    const report = await under.untilStatus('STOPPED');
    assert.deepEqual(report.stop, { stopCode: 'UserInitiated', reason: 'enough' });
    assert.equal(report.containers[0]?.exitCode, 143);
    assert.deepEqual(signals(under), ['signal web 15']);
    assert.deepEqual(await under.machine.leftovers(), []);
    assert.ok(report.eniDetached);
    for (const time of ['stoppingAt', 'executionStoppedAt', 'stoppedAt'] as const) assert.ok(report[time]);
  });

  it('forgets a task once its end is on record elsewhere', async () => {
    const under = await open();
    await under.agent.upsert(stopped(aTask()));
    const report = await under.untilStatus('STOPPED');
    assert.ok(!under.machine.acts.some((act) => act.startsWith('attach')));
    await under.agent.settled(report.taskId);
    assert.deepEqual(under.agent.reports(), []);
    assert.deepEqual(await under.machine.store.range({ prefix: 'task/' }), []);
  });

  it('sends the image’s stop signal, and SIGKILL when the stop timeout is over', async () => {
    const under = await open({ web: { ignoresSigterm: true, stopSignal: 'SIGQUIT' } });
    const task = aTask([aContainer('web', { stopTimeout: 2 })]);
    await under.agent.upsert(task);
    await under.untilStatus('RUNNING');
    const before = under.clock.now();
    await under.agent.upsert(stopped(task));
    const report = await under.untilStatus('STOPPED');
    assert.deepEqual(signals(under), ['signal web 3', 'signal web 9']);
    assert.equal(report.containers[0]?.exitCode, 137);
    assert.equal(report.containers[0]?.reason, undefined);
    assert.ok(under.clock.now() - before >= 2_000);
  });

  it('stops the whole task when an essential container exits', async () => {
    const under = await open({ web: { exits: { code: 3, afterMs: 5_000 } } });
    await under.agent.upsert(aTask([aContainer('web'), aContainer('helper', { essential: false })]));
    await under.untilStatus('RUNNING');
    const report = await under.untilStatus('STOPPED');
    assert.deepEqual(report.stop, {
      stopCode: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
    });
    assert.deepEqual(
      report.containers.map(({ exitCode }) => exitCode),
      [3, 143],
    );
  });

  it('keeps a task RUNNING when a container that is not essential exits', async () => {
    const under = await open({ once: { exits: { code: 0, afterMs: 100 } } });
    await under.agent.upsert(aTask([aContainer('web'), aContainer('once', { essential: false })]));
    await under.until(() => under.reports.some(({ containers }) => containers[1]?.status === 'STOPPED'));
    await under.untilStatus('RUNNING');
    assert.equal(under.last.containers[1]?.exitCode, 0);
    assert.equal(under.last.containers[0]?.status, 'RUNNING');
  });

  it('creates and starts containers in the order of their definition', async () => {
    const under = await open();
    await under.agent.upsert(aTask([aContainer('a'), aContainer('b'), aContainer('c')]));
    await under.untilStatus('RUNNING');
    const of = (verb: string): string[] =>
      under.machine.acts
        .filter((act) => new RegExp(`^${verb} [abc]`).test(act))
        .map((act) => act.slice(0, verb.length + 2));
    assert.deepEqual(of('create'), ['create a', 'create b', 'create c']);
    assert.deepEqual(of('start'), ['start a', 'start b', 'start c']);
  });

  it('says why memory killed a container', async () => {
    const under = await open({ web: { outOfMemory: true } });
    await under.agent.upsert(aTask());
    const report = await under.untilStatus('STOPPED');
    assert.equal(report.containers[0]?.exitCode, 137);
    assert.equal(report.containers[0]?.reason, 'OutOfMemoryError: Container killed due to memory usage');
  });

  const failures: { name: string; behaviour: Behaviour; task: string; container: string | undefined }[] = [
    {
      name: 'an image that cannot be pulled',
      behaviour: {
        pullFails: new AppError('not-found', 'pull image manifest has been retried 5 time(s): x'),
      },
      task: 'CannotPullContainerError: pull image manifest has been retried 5 time(s): x',
      container: 'CannotPullContainerError: pull image manifest has been retried 5 time(s): x',
    },
    {
      name: 'a command that is not there',
      behaviour: { createError: 'failed to create shim task: x: unknown' },
      task: 'CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: x: unknown',
      container:
        'CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: x: unknown',
    },
    {
      name: 'a runtime that does not answer',
      behaviour: { createHangs: true },
      task: 'ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m: context deadline exceeded',
      container:
        'ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m: context deadline exceeded',
    },
    {
      name: 'a log group that is missing',
      behaviour: { logsFail: new AppError('not-found', 'create stream has been retried 1 times: x') },
      task: 'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: x',
      container: undefined,
    },
  ];
  for (const { name, behaviour, task, container } of failures) {
    it(`says in Fargate’s words that a task failed to start: ${name}`, async () => {
      const under = await open({ web: behaviour });
      await under.agent.upsert(aTask());
      const report = await under.untilStatus('STOPPED');
      assert.deepEqual(report.stop, { stopCode: 'TaskFailedToStart', reason: task });
      assert.equal(report.containers[0]?.reason, container);
      assert.equal(report.containers[0]?.exitCode, undefined);
      assert.equal(report.startedAt, undefined);
      assert.deepEqual(await under.machine.leftovers(), []);
    });
  }

  it('fails the task in words when a user is not in the image', async () => {
    const under = await open();
    await under.agent.upsert(aTask([aContainer('web', { user: 'nobody-here' })]));
    const report = await under.untilStatus('STOPPED');
    assert.match(
      report.stop?.reason ?? '',
      /^CannotCreateContainerError: .*unable to find user nobody-here: no matching entries in passwd file$/,
    );
  });

  it('takes over running containers without touching them', async () => {
    const first = await open();
    await first.agent.upsert(aTask());
    await first.untilStatus('RUNNING');
    first.session.kill();
    const starts = first.machine.acts.filter((act) => act.startsWith('start ')).length;
    const second = new AgentUnderTest(first.machine);
    await second.agent.start(new AbortController().signal);
    assert.equal(second.agent.reports()[0]?.status, 'RUNNING');
    assert.equal(first.machine.acts.filter((act) => act.startsWith('start ')).length, starts);
    await second.agent.upsert(stopped(aTask()));
    await second.untilStatus('STOPPED');
    assert.deepEqual(await first.machine.leftovers(), []);
  });

  it('learns of an exit that happened while it was away', async () => {
    const first = await open();
    await first.agent.upsert(aTask());
    await first.untilStatus('RUNNING');
    first.session.kill();
    first.machine.runtime.exit(first.machine.idOf('web'), 7);
    const second = new AgentUnderTest(first.machine);
    await second.agent.start(new AbortController().signal);
    const report = await second.untilStatus('STOPPED');
    assert.equal(report.containers[0]?.exitCode, 7);
    assert.equal(report.stop?.stopCode, 'EssentialContainerExited');
    assert.deepEqual(await first.machine.leftovers(), []);
  });

  it('ends a task whose machine was switched off', async () => {
    const first = await open();
    await first.agent.upsert(aTask());
    await first.untilStatus('RUNNING');
    first.session.kill();
    await first.machine.reboot();
    const second = new AgentUnderTest(first.machine);
    await second.agent.start(new AbortController().signal);
    const report = await second.untilStatus('STOPPED');
    assert.equal(
      report.containers[0]?.reason,
      'ContainerVanishedError: No container matching saved ID found',
    );
    assert.deepEqual(await first.machine.leftovers(), []);
  });

  it('stops and forgets what nobody wants any more', async () => {
    const under = await open();
    await under.agent.upsert(aTask());
    await under.untilStatus('RUNNING');
    await under.agent.setDesired([]);
    await under.until(() => under.agent.reports().length === 0);
    assert.deepEqual(await under.machine.leftovers(), []);
  });

  it('stops all that is here, and tells how it ended after a restart too', async () => {
    const stop = { stopCode: 'UserInitiated', reason: 'the machine is needed' } as const;
    const first = await open();
    await first.agent.upsert(aTask());
    await first.untilStatus('RUNNING');
    await first.agent.stopAll(stop);
    await first.untilStatus('STOPPED');
    await first.agent.close();
    assert.deepEqual(await first.machine.leftovers(), []);
    const second = new AgentUnderTest(first.machine);
    await second.agent.start(new AbortController().signal);
    const [report] = second.agent.reports();
    assert.equal(report?.status, 'STOPPED');
    assert.deepEqual(report.stop, stop);
  });

  it('removes what no task owns when it starts', async () => {
    const first = await open();
    await first.agent.upsert(aTask());
    await first.untilStatus('RUNNING');
    first.session.kill();
    await first.machine.store.transact([], [{ deletePrefix: 'task/' }]);
    const second = new AgentUnderTest(first.machine);
    await second.agent.start(new AbortController().signal);
    assert.deepEqual(await first.machine.leftovers(), []);
  });

  it('ends by itself without ending tasks', async () => {
    const under = await open();
    await under.agent.upsert(aTask());
    await under.untilStatus('RUNNING');
    await under.agent.close();
    assert.equal((await under.machine.runtime.list())[0]?.state, 'running');
  });
});
