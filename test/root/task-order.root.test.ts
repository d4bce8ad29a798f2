/** Containers of a task that wait for each other, are checked, end and begin again, with real processes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition, Task } from '@aws-sdk/client-ecs';
import { itWith, RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';

const RESTARTED =
  'n=$(cat /runs 2>/dev/null | wc -l); echo "run $n"; echo x >> /runs; [ $n = 0 ] || exec sleep 600; sleep 61; exit 5';
/** Says when it began and ended, by the clock that all containers share. */
const SAYS_TIMES =
  'trap \'echo "end $(cut -d" " -f1 /proc/uptime)"; exit 0\' TERM; echo "begin $(cut -d" " -f1 /proc/uptime)"; while :; do sleep 0.05; done';

describe('The containers of a task', { concurrency: RUNTIMES.length }, () => {
  for (const runtime of RUNTIMES)
    describe(`with ${runtime}`, { concurrency: 1 }, () => {
      let scene: Scene;
      /** Begun first, for it takes a minute. */
      let restarting: string;

      before(async () => {
        scene = await Scene.start(['--runtimes', runtime]);
        const restartPolicy = { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 };
        const container = { command: ['sh', '-c', RESTARTED], restartPolicy, stopTimeout: 2 };
        restarting = await scene.run(await scene.register([scene.container('again', container)]));
      });

      after(async () => {
        await scene?.close();
      });

      const dependsOn = (containerName: string, condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY') => ({
        dependsOn: [{ containerName, condition }],
      });
      const times = (name: string, over: Partial<ContainerDefinition> = {}): ContainerDefinition =>
        scene.container(name, { command: ['sh', '-c', SAYS_TIMES], stopTimeout: 5, ...over });
      const said = async (arn: string, name: string, word: string): Promise<number> => {
        const lines = await scene.outputWith(arn, name, new RegExp(`^${word} `));
        return Number(lines.find((line) => line.startsWith(`${word} `))?.split(' ')[1]);
      };
      const container = (task: Task, name: string) => task.containers?.find((one) => one.name === name);

      itWith(runtime, 'host-kernel')(
        'start in the order of dependsOn and stop in the reverse one',
        async () => {
          const definition = await scene.register(
            [
              times('third', dependsOn('second', 'START')),
              times('second', dependsOn('first', 'START')),
              times('first'),
            ],
            { cpu: '1024', memory: '2048' },
          );
          const arn = await scene.run(definition);
          await scene.until(arn, 'RUNNING');
          const names = ['first', 'second', 'third'];
          const begun = await Promise.all(names.map((name) => said(arn, name, 'begin')));
          assert.deepEqual(
            begun,
            begun.toSorted((a, b) => a - b),
          );
          await scene.stop(arn);
          await scene.until(arn, 'STOPPED');
          const ended = await Promise.all(names.map((name) => said(arn, name, 'end')));
          assert.deepEqual(
            ended,
            ended.toSorted((a, b) => b - a),
          );
          assert.equal(new Set(ended).size, 3, 'one after the other');
        },
      );

      it('wait until another has ended, with success where that is asked for', async () => {
        const sleepy = (code: number) => ({
          command: ['sh', '-c', `sleep 0.5; exit ${code}`],
          essential: false,
        });
        const arn = await scene.run(
          await scene.register([
            scene.container('good', sleepy(0)),
            scene.container('bad', sleepy(4)),
            times('after-success', dependsOn('good', 'SUCCESS')),
            times('after-end', dependsOn('bad', 'COMPLETE')),
          ]),
        );
        const task = await scene.until(arn, 'RUNNING');
        assert.equal(container(task, 'good')?.exitCode, 0);
        assert.equal(container(task, 'bad')?.exitCode, 4);
        await scene.stop(arn);
        await scene.until(arn, 'STOPPED');
      });

      it('never start when another did not succeed: exit code 143 and the reason', async () => {
        const arn = await scene.run(
          await scene.register([
            scene.container('bad', { command: ['false'], essential: false }),
            times('app', dependsOn('bad', 'SUCCESS')),
          ]),
        );
        const task = await scene.until(arn, 'STOPPED');
        const reason =
          'CannotStartContainerError: dependency graph: failed to resolve the container ordering dependency [bad] for target [app] as dependency did not exit successfully.';
        assert.deepEqual([task.stopCode, task.stoppedReason], ['TaskFailedToStart', reason]);
        assert.deepEqual([container(task, 'app')?.exitCode, container(task, 'app')?.reason], [143, reason]);
      });

      it('are given up when they wait longer than the startTimeout of another', async () => {
        const arn = await scene.run(
          await scene.register([
            scene.container('slow', {
              command: ['sleep', '600'],
              essential: false,
              startTimeout: 2,
              stopTimeout: 2,
            }),
            times('app', dependsOn('slow', 'COMPLETE')),
          ]),
        );
        const task = await scene.until(arn, 'STOPPED');
        assert.equal(
          task.stoppedReason,
          'CannotStartContainerError: dependency graph: container ordering dependency [slow] for target [app] has timed out.',
        );
      });

      it('wait until another is healthy, and the task’s health is that of its essential containers', async () => {
        const healthCheck = { command: ['CMD-SHELL', 'test -e /tmp/well'], interval: 5, retries: 1 };
        const arn = await scene.run(
          await scene.register([
            scene.container('db', {
              command: ['sh', '-c', 'touch /tmp/well; echo ready; while [ ! -e /tmp/x ]; do sleep 0.1; done'],
              healthCheck,
              stopTimeout: 2,
            }),
            times('app', dependsOn('db', 'HEALTHY')),
          ]),
        );
        await scene.outputWith(arn, 'db', /^ready$/);
        const early = await scene.describe(arn);
        if (container(early, 'db')?.healthStatus !== 'HEALTHY') {
          assert.equal(container(early, 'app')?.lastStatus, 'PENDING');
        }
        const task = await scene.until(arn, 'RUNNING');
        assert.deepEqual([task.healthStatus, container(task, 'db')?.healthStatus], ['HEALTHY', 'HEALTHY']);
        assert.equal(container(task, 'app')?.healthStatus, 'UNKNOWN');
        await scene.stop(arn);
        assert.equal((await scene.until(arn, 'STOPPED')).healthStatus, 'HEALTHY');
      });

      it('that fail their checks are UNHEALTHY and go on', async () => {
        const checks: [string, string[]][] = [
          ['words', ['CMD', 'false']],
          ['shell', ['CMD-SHELL', 'exit 1']],
          ['absent', ['CMD', 'no-such-program']],
          ['endless', ['CMD', 'sleep', '600']],
        ];
        const definition = await scene.register(
          checks.map(([name, command]) =>
            times(name, { healthCheck: { command, interval: 5, timeout: 2, retries: 1 } }),
          ),
        );
        const arn = await scene.run(definition);
        const task = await scene.untilTask(arn, ({ containers = [] }) =>
          containers.every(({ healthStatus }) => healthStatus === 'UNHEALTHY'),
        );
        assert.deepEqual([task.lastStatus, task.healthStatus], ['RUNNING', 'UNHEALTHY']);
        await scene.stop(arn);
        await scene.until(arn, 'STOPPED');
      });

      it('end with their stop signal, and are killed when their stopTimeout is over', async () => {
        const arn = await scene.run(
          await scene.register([
            times('obeys'),
            scene.container('deaf', {
              command: ['sh', '-c', "trap '' TERM; echo deaf; while :; do sleep 1; done"],
              stopTimeout: 2,
            }),
          ]),
        );
        await scene.outputWith(arn, 'deaf', /^deaf$/);
        await said(arn, 'obeys', 'begin');
        await scene.stop(arn);
        const task = await scene.until(arn, 'STOPPED');
        assert.equal(container(task, 'obeys')?.exitCode, 0);
        assert.equal(container(task, 'deaf')?.exitCode, 137);
      });

      it('begin again by their restart policy, with what they had written, while the task runs on', async () => {
        const lines = await scene.outputWith(restarting, 'again', /^run 1$/);
        assert.deepEqual(lines, ['run 0', 'run 1']);
        const task = await scene.describe(restarting);
        assert.equal(task.lastStatus, 'RUNNING');
        assert.equal(container(task, 'again')?.exitCode, undefined);
        await scene.stop(restarting);
        await scene.until(restarting, 'STOPPED');
      });
    });
});
