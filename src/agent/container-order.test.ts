import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { AgentUnderTest } from '../../test/support/agent/agent-under-test.ts';
import { aContainer, aTask, stopped } from '../../test/support/agent/assignments.ts';
import { type Behaviour, FakeMachine } from '../../test/support/agent/fake-machine.ts';
import type { ContainerDefinition } from '../domain/ecs/task-definition.ts';
import type { TaskReport } from '../domain/task/assignment.ts';

const machines: FakeMachine[] = [];
async function open(behaviours: Readonly<Record<string, Behaviour>> = {}): Promise<AgentUnderTest> {
  const machine = new FakeMachine(behaviours);
  machines.push(machine);
  const under = new AgentUnderTest(machine);
  await under.agent.start(new AbortController().signal);
  return under;
}
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close();
});

const after = (containerName: string, condition: string): Partial<ContainerDefinition> => ({
  dependsOn: [{ containerName, condition }],
});
const check = (over = {}): Partial<ContainerDefinition> => ({
  healthCheck: { command: ['CMD', 'probe'], interval: 5, retries: 2, ...over },
});
const acts = ({ machine }: AgentUnderTest, verb: string): string[] =>
  machine.acts.filter((act) => act.startsWith(`${verb} `)).map((act) => act.split(' ')[1] ?? '');
const container = (report: TaskReport, name: string) =>
  report.containers.find((one) => one.name === name) ?? assert.fail(`no ${name}`);
const GRAPH = 'CannotStartContainerError: dependency graph:';

describe('Containers with dependsOn', () => {
  it('start after those that they wait for, in whatever order they are defined', async () => {
    const under = await open();
    const chain = [
      aContainer('c', after('b', 'START')),
      aContainer('b', after('a', 'START')),
      aContainer('a'),
    ];
    await under.agent.upsert(aTask(chain));
    await under.untilStatus('RUNNING');
    assert.deepEqual(acts(under, 'start'), ['a', 'b', 'c']);
  });

  it('stop in the reverse order, each after all that depend on it have ended', async () => {
    const under = await open({ c: { ignoresSigterm: true } });
    const task = aTask([
      aContainer('a'),
      aContainer('b', after('a', 'START')),
      aContainer('c', { ...after('b', 'START'), stopTimeout: 2 }),
      aContainer('d'),
    ]);
    await under.agent.upsert(task);
    await under.untilStatus('RUNNING');
    await under.agent.upsert(stopped(task));
    const report = await under.untilStatus('STOPPED');
    assert.deepEqual(
      acts(under, 'signal').filter((name) => name !== 'd'),
      ['c', 'c', 'b', 'a'],
    );
    assert.deepEqual(
      report.containers.map(({ exitCode }) => exitCode),
      [143, 143, 137, 143],
    );
  });

  it('wait for the success of another, and run while it has long ended', async () => {
    const under = await open({ migrate: { exits: { code: 0, afterMs: 3_000 } } });
    const migrate = aContainer('migrate', { essential: false });
    await under.agent.upsert(aTask([aContainer('web', after('migrate', 'SUCCESS')), migrate]));
    await under.until(() => under.reports.some(({ containers }) => containers[1]?.status === 'RUNNING'));
    assert.equal(under.last.status, 'PENDING');
    const report = await under.untilStatus('RUNNING');
    assert.equal(container(report, 'migrate').exitCode, 0);
    assert.equal(container(report, 'web').status, 'RUNNING');
  });

  it('never start when another failed: as asked to stop, with the reason; essential ones end the task', async () => {
    const under = await open({ migrate: { exits: { code: 3, afterMs: 1_000 } } });
    await under.agent.upsert(
      aTask([
        aContainer('migrate', { essential: false }),
        aContainer('web', after('migrate', 'SUCCESS')),
        aContainer('cache'),
      ]),
    );
    const report = await under.untilStatus('STOPPED');
    const reason = `${GRAPH} failed to resolve the container ordering dependency [migrate] for target [web] as dependency did not exit successfully.`;
    assert.deepEqual(report.stop, { stopCode: 'TaskFailedToStart', reason });
    assert.equal(container(report, 'web').reason, reason);
    assert.equal(container(report, 'web').exitCode, 143);
    assert.equal(container(report, 'web').runtimeId, undefined, 'it was never made');
    assert.deepEqual(acts(under, 'start').toSorted(), ['cache', 'migrate']);
    assert.deepEqual(await under.machine.leftovers(), []);
  });

  it('leave the task running when the one that cannot start is not essential', async () => {
    const under = await open({ migrate: { exits: { code: 3, afterMs: 1_000 } } });
    await under.agent.upsert(
      aTask([
        aContainer('web'),
        aContainer('migrate', { essential: false }),
        aContainer('report', { ...after('migrate', 'SUCCESS'), essential: false }),
        aContainer('mail', { ...after('report', 'COMPLETE'), essential: false }),
      ]),
    );
    const report = await under.untilStatus('RUNNING');
    assert.equal(container(report, 'report').exitCode, 143);
    assert.match(container(report, 'mail').reason ?? '', /\[report\] for target \[mail\]/);
  });

  it('wait until another is healthy', async () => {
    const under = await open({ db: { health: [1, 1, 0] } });
    await under.agent.upsert(
      aTask([aContainer('web', after('db', 'HEALTHY')), aContainer('db', check({ retries: 5 }))]),
    );
    const begun = under.clock.now();
    const report = await under.untilStatus('RUNNING');
    assert.ok(under.clock.now() - begun >= 15_000, 'three checks, 5 s apart');
    assert.equal(container(report, 'db').healthStatus, 'HEALTHY');
    assert.equal(report.healthStatus, 'HEALTHY');
  });

  it('give up when the startTimeout of the other is over', async () => {
    const under = await open({ db: { health: [1] } });
    await under.agent.upsert(
      aTask([
        aContainer('web', after('db', 'HEALTHY')),
        aContainer('db', { ...check({ retries: 10 }), startTimeout: 12 }),
      ]),
    );
    const begun = under.clock.now();
    const report = await under.untilStatus('STOPPED');
    assert.equal(
      report.stop?.reason,
      `${GRAPH} container ordering dependency [db] for target [web] has timed out.`,
    );
    assert.ok(under.clock.now() - begun < 20_000);
    assert.equal(container(report, 'db').exitCode, 143);
  });
});

describe('Health checks', () => {
  it('make a container unhealthy after retries in a row, which stops nothing', async () => {
    const under = await open({ web: { health: [0, 1, 'hang', 0] } });
    await under.agent.upsert(aTask([aContainer('web', check({ timeout: 2 }))]));
    const states = (): string[] => [...new Set(under.reports.map(({ healthStatus }) => healthStatus))];
    await under.until(() => states().length === 3 && under.last.healthStatus === 'HEALTHY');
    assert.deepEqual(states(), ['UNKNOWN', 'HEALTHY', 'UNHEALTHY']);
    assert.equal(under.last.status, 'RUNNING');
  });

  it('of a container without one are UNKNOWN', async () => {
    const under = await open();
    await under.agent.upsert(aTask([aContainer('web')]));
    const report = await under.untilStatus('RUNNING');
    assert.equal(report.healthStatus, 'UNKNOWN');
    assert.deepEqual(acts(under, 'exec'), []);
  });
});

describe('A restart policy', () => {
  const policy = { restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 } };

  it('starts an essential container again, which the task outlives, and counts', async () => {
    const under = await open({ web: { exits: { code: 2, afterMs: 61_000 }, restarted: {} } });
    await under.agent.upsert(aTask([aContainer('web', policy)]));
    await under.until(() => under.reports.at(-1)?.containers[0]?.restartCount === 1);
    assert.equal(under.last.status, 'RUNNING');
    assert.equal(under.last.containers[0]?.status, 'RUNNING');
    assert.equal(under.last.containers[0]?.exitCode, undefined);
    await under.until(() => acts(under, 'restart').length === 1);
    await under.agent.upsert(stopped(aTask([aContainer('web', policy)])));
    const report = await under.untilStatus('STOPPED');
    assert.equal(report.containers[0]?.exitCode, 143);
    assert.deepEqual(await under.machine.leftovers(), []);
  });

  it('lets it end when it ran too short a time the second time', async () => {
    const under = await open({
      web: { exits: { code: 2, afterMs: 61_000 }, restarted: { exits: { code: 4, afterMs: 30_000 } } },
    });
    await under.agent.upsert(aTask([aContainer('web', policy)]));
    const report = await under.untilStatus('STOPPED');
    assert.equal(report.stop?.stopCode, 'EssentialContainerExited');
    assert.equal(report.containers[0]?.exitCode, 4);
    assert.equal(report.containers[0]?.restartCount, 1);
  });

  it('lets it end with an exit code that is ignored', async () => {
    const under = await open({ web: { exits: { code: 0, afterMs: 61_000 } } });
    await under.agent.upsert(aTask([aContainer('web', policy)]));
    const report = await under.untilStatus('STOPPED');
    assert.equal(report.containers[0]?.exitCode, 0);
    assert.deepEqual(acts(under, 'restart'), []);
  });
});
