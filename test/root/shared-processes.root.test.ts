/** `pidMode` task: containers that see each other's processes, and what they may do to them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Task } from '@aws-sdk/client-ecs';
import { programLayer } from '../support/images/program-layer.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { Scene } from '../support/neargate/scene.ts';

const WORK = 'trap "exit 0" TERM; echo working; while :; do sleep 0.1; done';
/** Finds the other container's shell by its words, traces it for a while, and says what came of it. */
const TRACE = [
  'pid=$(ps -o pid,args | awk "/[e]cho working/ {print \\$1; exit}")',
  'timeout 4 strace -f -p "$pid" -o /tmp/trace 2> /tmp/said',
  'cat /tmp/said; head -20 /tmp/trace; echo "traced $(cat /tmp/trace | wc -l)"',
].join('; ');

/** Ends when it has seen the second one, which goes on when it does not see the first one any more. */
const FIRST = 'until ps -o args | grep -q "[g]oes on"; do sleep 0.1; done; sleep 1; exit 0';
const SECOND =
  'ps -o args | grep -q "[u]ntil ps" && echo seen; while ps -o args | grep -q "[u]ntil ps"; do sleep 0.1; done; echo goes on; sleep 600';

describe('A task with pidMode task', () => {
  let scene: Scene;
  let traceImage: string;

  before(async () => {
    scene = await Scene.start();
    traceImage = await scene.push('strace', { layers: [await programLayer('/usr/bin/strace')] });
  });

  after(async () => {
    await scene?.close();
  });

  const run = async (capabilities: { add?: string[] } | undefined): Promise<{ arn: string; task: Task }> => {
    const arn = await scene.run(
      await scene.register(
        [
          scene.container('app', { command: ['sh', '-c', WORK], stopTimeout: 5 }),
          scene.container('tracer', {
            image: traceImage,
            command: ['sh', '-c', TRACE],
            essential: false,
            dependsOn: [{ containerName: 'app', condition: 'START' }],
            ...(capabilities !== undefined && { linuxParameters: { capabilities } }),
          }),
        ],
        { pidMode: 'task' },
      ),
    );
    const task = await scene.untilTask(arn, ({ containers = [] }) => containers[1]?.lastStatus === 'STOPPED');
    return { arn, task };
  };

  it('lets a container with SYS_PTRACE trace the process of another one', async () => {
    const { arn, task } = await run({ add: ['SYS_PTRACE'] });
    const lines = await scene.outputWith(arn, 'tracer', /^traced /);
    assert.match(lines.join('\n'), /attached/);
    assert.ok(Number(/^traced (\d+)$/.exec(lines.at(-1) ?? '')?.[1]) > 0, lines.join('\n'));
    assert.equal(task.lastStatus, 'RUNNING', 'the traced container goes on');
    await scene.stop(arn);
    assert.equal((await scene.until(arn, 'STOPPED')).containers?.[0]?.exitCode, 0);
    assert.deepEqual(ofTask(await takeCensus(scene.neargate.dataDir), arn), []);
  });

  it('lets no container trace another one without it', async () => {
    const { arn } = await run(undefined);
    const lines = await scene.outputWith(arn, 'tracer', /^traced /);
    assert.match(lines.join('\n'), /Operation not permitted/);
    assert.equal(lines.at(-1), 'traced 0');
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('shows the processes of all containers to each, and goes on when the first of them has ended', async () => {
    const arn = await scene.run(
      await scene.register(
        [
          scene.container('first', { command: ['sh', '-c', FIRST], essential: false }),
          scene.container('second', {
            command: ['sh', '-c', SECOND],
            stopTimeout: 2,
            dependsOn: [{ containerName: 'first', condition: 'START' }],
          }),
        ],
        { pidMode: 'task' },
      ),
    );
    const lines = await scene.outputWith(arn, 'second', /^goes on$/);
    assert.ok(lines.includes('seen'), lines.join());
    assert.equal((await scene.describe(arn)).lastStatus, 'RUNNING');
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('keeps containers apart without pidMode', async () => {
    const arn = await scene.run(
      await scene.register([
        scene.container('app', { command: ['sh', '-c', WORK], stopTimeout: 5 }),
        scene.container('looker', {
          command: ['sh', '-c', 'ps -o args | grep "[e]cho working" || echo nobody'],
          essential: false,
          dependsOn: [{ containerName: 'app', condition: 'START' }],
        }),
      ]),
    );
    await scene.untilTask(arn, ({ containers = [] }) => containers[1]?.lastStatus === 'STOPPED');
    assert.deepEqual(await scene.outputWith(arn, 'looker', /./), ['nobody']);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });
});
