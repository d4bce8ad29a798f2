/** The task metadata endpoint, asked from inside real containers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DescribeTasksCommand, TagResourceCommand } from '@aws-sdk/client-ecs';
import { atOnce } from '../../src/ports/testing/patience.ts';
import { Scene } from '../support/neargate/scene.ts';

const GET = 'wget -q -O -';
const WAIT = 'trap "exit 0" TERM; while :; do sleep 0.1; done';

interface Stats {
  readonly read: string;
  readonly preread: string;
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly precpu_stats: Stats['cpu_stats'];
  readonly memory_stats: { readonly usage: number };
  readonly networks?: { readonly eth1: { readonly rx_bytes: number } };
  readonly network_rate_stats?: { readonly rx_bytes_per_sec: number; readonly tx_bytes_per_sec: number };
}

describe('The task metadata endpoint', () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start();
  });
  after(() => scene?.close());

  /** Runs a script to its end; resolves with the lines that it wrote, and the task's ARN. */
  const output = async (
    script: string,
    platformVersion = '1.4.0',
  ): Promise<{ arn: string; lines: string[] }> => {
    const definition = await scene.register([
      scene.container('probe', { command: ['sh', '-c', script] }),
      scene.container('other', { command: ['sh', '-c', WAIT], essential: false }),
    ]);
    const arn = await scene.run(definition, { platformVersion });
    await scene.until(arn, 'STOPPED');
    return { arn, lines: await scene.output(arn, 'probe') };
  };

  describe('while all is well', { concurrency: atOnce(6) }, () => {
    it('tells a container of itself and of its task, as the API does', async () => {
      const meta = '$ECS_CONTAINER_METADATA_URI_V4';
      const known =
        `${GET} "${meta}" | grep -q '"KnownStatus":"RUNNING"' &&` +
        ` ${GET} "${meta}/task" | grep -q '"DockerName":"other"'`;
      const { arn, lines } = await output(
        `until ${known}; do sleep 0.2; done; for path in "" /task /taskWithTags; do ${GET} "$ECS_CONTAINER_METADATA_URI_V4$path"; echo; done;` +
          ` ${GET} "$ECS_CONTAINER_METADATA_URI/task"; echo; ${GET} http://169.254.170.2/v2/metadata; echo; hostname -i`,
      );
      const [own, task, tagged, third, second] = [0, 1, 2, 3, 4].map((line) => parsed(lines[line]));
      const { tasks } = await scene.neargate.ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
      const described = tasks?.[0] ?? assert.fail();
      const container = described.containers?.find(({ name }) => name === 'probe');
      assert.equal(own?.['DockerId'], container?.runtimeId);
      assert.equal(own?.['ContainerARN'], container?.containerArn);
      assert.equal(own?.['ImageID'], container?.imageDigest);
      assert.equal(own?.['KnownStatus'], 'RUNNING');
      const [address] = container?.networkInterfaces ?? [];
      assert.deepEqual(own?.Networks[0]?.['IPv4Addresses'], [address?.privateIpv4Address]);
      for (const answer of [task, tagged, third, second]) {
        assert.equal(answer?.['TaskARN'], arn);
        assert.equal(answer?.['AvailabilityZone'], described.availabilityZone);
        assert.equal(answer?.['Cluster'], described.clusterArn);
        assert.equal(answer?.Containers.length, 2);
      }
      assert.equal(task?.['LaunchType'], 'FARGATE');
      assert.equal(third?.['LaunchType'], undefined);
      assert.equal(task?.EphemeralStorageMetrics.Reserved, 20_496);
      const utilized = task.EphemeralStorageMetrics.Utilized;
      assert.ok(utilized > 0 && utilized < 200, `${utilized} MiB`);
    });

    it("shows the task's tags as they are, and passes on what ECS says of its protection", async () => {
      const protection = '$ECS_AGENT_URI/task-protection/v1/state';
      const definition = await scene.register(
        [
          scene.container('probe', {
            command: [
              'sh',
              '-c',
              `trap "exit 0" TERM; sleep 1; echo ready; until ${GET} "$ECS_CONTAINER_METADATA_URI_V4/taskWithTags" | grep -q later; do sleep 0.2; done;` +
                ` ${GET} "$ECS_CONTAINER_METADATA_URI_V4/taskWithTags"; echo; ${GET} "${protection}"`,
            ],
          }),
        ],
        { taskRoleArn: `arn:aws:iam::${scene.neargate.info.account}:role/app` },
      );
      const arn = await scene.run(definition, { tags: [{ key: 'team', value: 'blue' }] });
      await scene.outputWith(arn, 'probe', /^ready$/);
      await scene.neargate.ecs.send(
        new TagResourceCommand({ resourceArn: arn, tags: [{ key: 'added', value: 'later' }] }),
      );
      await scene.until(arn, 'STOPPED');
      const [, tagged, answer] = await scene.output(arn, 'probe');
      assert.deepEqual((parsed(tagged) as { TaskTags?: object }).TaskTags, { added: 'later', team: 'blue' });
      const failure = { Arn: arn, Detail: null, Reason: 'TASK_NOT_VALID' };
      assert.deepEqual(JSON.parse(answer ?? ''), { failure });
    });

    it('has on 1.3.0 what 1.3.0 has', async () => {
      const { lines } = await output(
        `env | grep METADATA; ${GET} "$ECS_CONTAINER_METADATA_URI/task"; echo;` +
          ` ${GET} "http://169.254.170.2/v4/\${ECS_CONTAINER_METADATA_URI##*/}" 2>&1`,
        '1.3.0',
      );
      assert.match(
        lines[0] ?? '',
        /^ECS_CONTAINER_METADATA_URI=http:\/\/169\.254\.170\.2\/v3\/[0-9a-f]{32}-\d{10}$/,
      );
      assert.equal(parsed(lines[1])['AvailabilityZone'], undefined);
      assert.match(lines[2] ?? '', /404 Not Found/);
    });

    it('leaves the instance metadata service out of reach', async () => {
      const { lines } = await output(
        `timeout 2 ${GET} http://169.254.169.254/latest/meta-data/ || echo unreachable`,
      );
      assert.ok(lines.includes('unreachable'), lines.join('\n'));
    });

    it('injects a fault into the network of a task whose definition asks for it, and ends it', async () => {
      const fault = `'{"Port":8000,"Protocol":"tcp","TrafficType":"egress"}'`;
      const script =
        `ask() { wget -q -O - --post-data ${fault} "$ECS_AGENT_URI/fault/v1/network-blackhole-port/$1"; echo; };` +
        ` reach() { timeout $1 ${GET} http://127.0.0.1:8000/ > /dev/null && echo reached || echo lost; };` +
        ' exec 2> /dev/null; mkdir /site; echo hello > /site/index.html; httpd -p 127.0.0.1:8000 -h /site;' +
        ' reach 60; ask start; reach 1; ask status; ask stop; reach 60;' +
        ` ${GET} "$ECS_CONTAINER_METADATA_URI_V4/task" | grep -o '"FaultInjectionEnabled":[a-z]*'`;
      const definition = await scene.register([scene.container('probe', { command: ['sh', '-c', script] })], {
        enableFaultInjection: true,
      });
      const arn = await scene.run(definition);
      await scene.until(arn, 'STOPPED');
      const said = (status: string): string => JSON.stringify({ Status: status });
      assert.deepEqual(await scene.output(arn, 'probe'), [
        ...['reached', said('running'), 'lost', said('running'), said('stopped'), 'reached'],
        '"FaultInjectionEnabled":true',
      ]);
    });

    it('measures processor, memory and network', async () => {
      // A quarter of a processor is what the task may use; what it asks of the endpoint never passes its interface.
      const script =
        `(while :; do :; done) & until stats=$(${GET} "$ECS_CONTAINER_METADATA_URI_V4/stats") &&` +
        ` [ "$stats" != "\${stats%network_rate_stats*}" ]; do sleep 0.1; done; echo "$stats"; kill $!; ${WAIT}`;
      const definition = await scene.register([scene.container('probe', { command: ['sh', '-c', script] })]);
      const arn = await scene.run(definition);
      await scene.until(arn, 'RUNNING');
      const lines = await scene.outputWith(arn, 'probe', /^{/);
      const stats = JSON.parse(lines.find((line) => line.startsWith('{')) ?? '') as Stats;
      const elapsedNs = (Date.parse(stats.read) - Date.parse(stats.preread)) * 1e6;
      assert.ok(elapsedNs > 9e9, `${elapsedNs} ns`);
      const used = stats.cpu_stats.cpu_usage.total_usage - stats.precpu_stats.cpu_usage.total_usage;
      // A busy machine has less to give.
      assert.ok(used / elapsedNs > 0.05 && used / elapsedNs < 0.3, `${used / elapsedNs} processors`);
      assert.ok(stats.memory_stats.usage > 0 && stats.memory_stats.usage < 512 * 2 ** 20);
      assert.ok(Number.isInteger(stats.networks?.eth1.rx_bytes));
      // Some ten answers of 2 KB a second went by link-local addresses meanwhile.
      const { rx_bytes_per_sec: received, tx_bytes_per_sec: sent } =
        stats.network_rate_stats ?? assert.fail();
      assert.ok(received + sent < 2_000, `${received} and ${sent} B/s by the interface`);
      await scene.stop(arn);
      await scene.until(arn, 'STOPPED');
    });
  });

  it('answers on after a kill of the agent', async () => {
    const ask = `${GET} "$ECS_CONTAINER_METADATA_URI_V4" >/dev/null 2>&1 && echo answered || echo refused`;
    const script = `trap "exit 0" TERM; while :; do ${ask}; sleep 0.05; done`;
    const arn = await scene.run(
      await scene.register([scene.container('probe', { command: ['sh', '-c', script] })]),
    );
    await scene.outputWith(arn, 'probe', /answered/);
    await scene.neargate.killAgent();
    const lines = await scene.outputWith(arn, 'probe', /refused/);
    const refused = lines.indexOf('refused');
    await scene.untilOutput(arn, 'probe', (all) => all.slice(refused).includes('answered'));
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });
});

interface Answered extends Readonly<Record<string, unknown>> {
  readonly Networks: readonly Readonly<Record<string, unknown>>[];
  readonly Containers: readonly unknown[];
  readonly EphemeralStorageMetrics: { readonly Reserved: number; readonly Utilized: number };
}

function parsed(line = ''): Answered {
  return JSON.parse(line) as Answered;
}
