import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeLogStreamsCommand, type LogStream } from '@aws-sdk/client-cloudwatch-logs';
import { patient } from '../../src/ports/testing/patience.ts';
import { LogFlood } from '../support/logs/log-flood.ts';
import { Scene } from '../support/neargate/scene.ts';

/** That a task writes in each mode. The whole gigabyte: TEST_LOG_MIB=1024. */
const MEBIBYTES = Number(process.env['TEST_LOG_MIB'] ?? '32');
const STOPPED_MS = patient(60_000 + MEBIBYTES * 2_000);
/** Of non-blocking mode, where nothing else is said. */
const BUFFER_MIB = 10;

describe('The output of a task that writes as fast as it can', () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start();
  });
  after(async () => {
    await scene?.close();
  });

  const streamOf = async (taskArn: string): Promise<LogStream | undefined> => {
    const logStreamNamePrefix = `it/flood/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;
    const { logStreams = [] } = await scene.neargate.logs.send(
      new DescribeLogStreamsCommand({ logGroupName: '/test', logStreamNamePrefix }),
    );
    return logStreams[0];
  };
  /** Something has come since then, or the task has stopped. */
  const untilMore = async (taskArn: string, since: number): Promise<void> => {
    const deadline = performance.now() + patient(60_000);
    while (((await streamOf(taskArn))?.lastIngestionTime ?? 0) <= since) {
      if ((await scene.describe(taskArn)).lastStatus === 'STOPPED') return;
      assert.ok(performance.now() < deadline, (await scene.neargate.agentLog()).slice(-2000));
      await delay(20);
    }
  };
  /** While it writes, the agent and then the control plane are killed. */
  const flooded = async (flood: LogFlood, options: Record<string, string>): Promise<number> => {
    const taskArn = await scene.run(await scene.register([flood.container(scene, options)]));
    await scene.untilTask(taskArn, ({ lastStatus }) => lastStatus === 'RUNNING', 'RUNNING', STOPPED_MS);
    await untilMore(taskArn, 0);
    await scene.neargate.killAgent();
    await untilMore(taskArn, Date.now());
    await scene.neargate.killControlPlane();
    await scene.neargate.startAgain();
    const { stopCode } = await scene.until(taskArn, 'STOPPED', STOPPED_MS);
    assert.equal(stopCode, 'EssentialContainerExited');
    return (await flood.delivered(scene, taskArn)).events;
  };

  it('is all there, in order and once, with mode blocking, though agent and control plane are killed', async () => {
    const flood = await LogFlood.prepare(scene, { mebibytes: MEBIBYTES, seed: 'blocking' });
    assert.equal(await flooded(flood, { mode: 'blocking' }), flood.events);
  });

  it('is there in order and once with mode non-blocking: what the buffer holds, and what goes on', async () => {
    const flood = await LogFlood.prepare(scene, { mebibytes: MEBIBYTES, seed: 'nonblocking' });
    const events = await flooded(flood, { mode: 'non-blocking' });
    const held = (flood.events * BUFFER_MIB * 2 ** 20) / flood.bytes;
    assert.ok(events >= 0.9 * Math.min(held, flood.events), `${events} of ${flood.events}`);
  });
});
