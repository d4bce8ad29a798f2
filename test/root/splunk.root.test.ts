import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { patient } from '../../src/ports/testing/patience.ts';
import { FakeSplunk } from '../support/logs/fake-splunk.ts';
import { Scene } from '../support/neargate/scene.ts';
import { Vantage } from '../support/neargate/vantage.ts';

const PORT = 8088;

describe('The output of containers with splunk', () => {
  let scene: Scene;
  let vantage: Vantage;
  let splunk: FakeSplunk;
  let url: string;

  before(async () => {
    scene = await Scene.start();
    await scene.neargate.ssm.send(
      new PutParameterCommand({ Name: '/splunk', Value: 'right', Type: 'SecureString' }),
    );
    // Splunk is in another task, so that what goes there goes through the VPC.
    const arn = await scene.run(
      await scene.register([scene.container('splunk', { command: ['sleep', '600'] })]),
    );
    const address = Scene.address(await scene.until(arn, 'RUNNING'));
    splunk = new FakeSplunk('right');
    vantage = Vantage.inTask(scene.neargate.dataDir, arn);
    await vantage.listen(PORT, (socket) => splunk.take(socket));
    url = `http://${address}:${PORT}`;
  });
  after(async () => {
    vantage?.close();
    splunk?.close();
    await scene.close();
  });

  const run = async (script: string, options: Record<string, string> = {}): Promise<string> => {
    const secretOptions = [{ name: 'splunk-token', valueFrom: '/splunk' }];
    const app = scene.container('app', {
      command: ['sh', '-c', script],
      stopTimeout: 5,
      dockerLabels: { team: 'shop' },
      logConfiguration: { logDriver: 'splunk', options: { 'splunk-url': url, ...options }, secretOptions },
    });
    return await scene.run(await scene.register([app]));
  };
  const until = async (isWanted: () => boolean): Promise<void> => {
    const deadline = performance.now() + patient(60_000);
    while (!isWanted()) {
      if (performance.now() > deadline) assert.fail(JSON.stringify(splunk.events.slice(-5)));
      await delay(20);
    }
  };

  it('goes there through the task’s own network, with the token of a secret', async () => {
    const arn = await run('echo \'{"a":1}\'; echo bad >&2; sleep 600', {
      ...{ 'splunk-format': 'json', 'splunk-index': 'main', 'splunk-gzip': 'true', labels: 'team' },
    });
    await until(() => splunk.events.length >= 2);
    const { containers = [], attachments = [] } = await scene.describe(arn);
    const details = attachments[0]?.details ?? [];
    const host = details.find(({ name }) => name === 'privateDnsName')?.value;
    const tag = containers[0]?.runtimeId?.slice(0, 12);
    assert.deepEqual(
      splunk.events
        .map(({ time, ...event }) => {
          assert.match(time, /^\d{10}\.\d{6}$/);
          return event;
        })
        .toSorted((a, b) => JSON.stringify(b).localeCompare(JSON.stringify(a))),
      [
        { event: { line: { a: 1 }, source: 'stdout', tag, attrs: { team: 'shop' } }, host, index: 'main' },
        { event: { line: 'bad', source: 'stderr', tag, attrs: { team: 'shop' } }, host, index: 'main' },
      ].toSorted((a, b) => JSON.stringify(b).localeCompare(JSON.stringify(a))),
    );
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });

  it('goes on when Splunk is there again, and after a restart of the agent, to the last word', async () => {
    const source = 'ticks';
    const script =
      "trap 'echo goodbye; exit 0' TERM; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1; done";
    const arn = await run(script, { 'splunk-source': source });
    const lines = (): string[] =>
      splunk.events
        .filter((one) => one.source === source)
        .map(({ event }) => (event as { line: string }).line);
    await until(() => lines().length > 0);
    splunk.isBusy = true;
    await scene.neargate.killAgent();
    splunk.isBusy = false;
    const seen = lines().length;
    await until(() => lines().length > seen + 20);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
    // What was under way when the agent was killed may come twice.
    const all = [...new Set(lines())];
    assert.equal(all.at(-1), 'goodbye');
    assert.deepEqual(
      all.slice(0, -1),
      all.slice(0, -1).map((_, index) => `tick ${index + 1}`),
    );
  });

  it('stops the task when Splunk does not know the token', async () => {
    const app = scene.container('app', {
      command: ['sleep', '600'],
      logConfiguration: {
        logDriver: 'splunk',
        options: { 'splunk-url': url, 'splunk-token': 'wrong' },
      },
    });
    const arn = await scene.run(await scene.register([app]));
    const { stoppedReason } = await scene.until(arn, 'STOPPED');
    assert.equal(
      stoppedReason,
      'ResourceInitializationError: failed to validate logger args: splunk: failed to verify connection - ' +
        '403 Forbidden - {"text":"Invalid token","code":4}',
    );
  });
});
