import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { LONGEST_LINE_BYTES } from '../../src/agent/logs/line-reader.ts';
import { ROUTER_COMMAND, routerLayers } from '../support/firelens/router-image.ts';
import { programLayer } from '../support/images/program-layer.ts';
import { taskIdOf } from '../support/neargate/arn.ts';
import { Scene } from '../support/neargate/scene.ts';

/** What the router of these tests prints. */
interface Routed {
  readonly plugin: string;
  readonly tag: string;
  readonly at: number;
  readonly record: Readonly<Record<string, string>>;
}

/** Starts the router again whenever it ends, as long as the container is not told to stop. */
const KEPT = `trap 'kill $router; wait $router; exit 0' TERM
while :; do ${ROUTER_COMMAND.join(' ')} & router=$!; wait $router; sleep 0.5; done`;

/** A router that says which words it hears at the socket. */
const LISTENER = `$| = 1;
socket(S, 1, 1, 0) && bind(S, pack('Sa108', 1, '/var/run/fluent.sock')) && listen(S, 5) or die $!;
while (accept(C, S)) { while (sysread(C, $b, 65536)) { print "heard hello\n" if $b =~ /hello/; } }`;

describe('The output of containers with awsfirelens', () => {
  let scene: Scene;
  let image: string;

  before(async () => {
    scene = await Scene.start(['--runtimes', 'runc,gvisor']);
    image = await scene.push('log-router', { layers: await routerLayers(), config: { Cmd: ROUTER_COMMAND } });
  });
  after(async () => {
    await scene?.close();
  });

  const router = (type: 'fluentbit' | 'fluentd', over: Partial<ContainerDefinition> = {}) =>
    scene.container('log_router', { image, firelensConfiguration: { type }, ...over });
  const user = (script: string, over: Partial<ContainerDefinition> = {}) =>
    scene.container('app', {
      command: ['sh', '-c', script],
      stopTimeout: 10,
      logConfiguration: { logDriver: 'awsfirelens', options: { Name: 'stdout' } },
      ...over,
    });
  const routed = async (arn: string, isWanted: (routed: readonly Routed[]) => boolean): Promise<Routed[]> => {
    const parsed = (lines: readonly string[]): Routed[] =>
      lines.filter((line) => line.startsWith('{"plugin"')).map((line) => JSON.parse(line) as Routed);
    return parsed(await scene.untilOutput(arn, 'log_router', (lines) => isWanted(parsed(lines))));
  };
  const logs = (all: readonly Routed[]): string[] => all.map(({ record }) => record['log'] ?? '');
  const end = async (arn: string): Promise<void> => {
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  };

  for (const { type, key } of [
    { type: 'fluentbit', key: 'Name' },
    { type: 'fluentd', key: '@type' },
  ] as const) {
    it(`goes to the router with its metadata, by the filters that it names (${type})`, async () => {
      await scene.neargate.ssm.send(
        new PutParameterCommand({ Name: `/token-${type}`, Value: `token of ${type}`, Type: 'SecureString' }),
      );
      const script = `echo one; echo healthy; echo bad >&2; head -c ${LONGEST_LINE_BYTES + 5} /dev/zero | tr '\\0' x; echo; sleep 600`;
      const options = { [key]: 'stdout', 'exclude-pattern': '^healthy' };
      const secretOptions = [{ name: 'token', valueFrom: `/token-${type}` }];
      const arn = await scene.run(
        await scene.register([
          router(type),
          user(script, { logConfiguration: { logDriver: 'awsfirelens', options, secretOptions } }),
        ]),
      );
      const all = await routed(arn, (found) => found.length >= 4);
      const { containers = [], taskDefinitionArn = '' } = await scene.describe(arn);
      const metadata = {
        container_id: containers.find(({ name }) => name === 'app')?.runtimeId,
        container_name: 'app',
        ecs_cluster: 'default',
        ecs_task_arn: arn,
        ecs_task_definition: taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1),
      };
      assert.deepEqual(new Set(all.map(({ tag }) => tag)), new Set([`app-firelens-${taskIdOf(arn)}`]));
      const find = (text: string) => all.find(({ record }) => record['log'] === text);
      assert.deepEqual(find('one')?.record, { log: 'one', source: 'stdout', ...metadata });
      assert.deepEqual(find('bad')?.record, { log: 'bad', source: 'stderr', ...metadata });
      const parts = all.filter(({ record }) => record['partial_message'] === 'true');
      assert.deepEqual(
        parts.map(({ record }) => [record['log']?.length, record['partial_ordinal'], record['partial_last']]),
        [
          [LONGEST_LINE_BYTES, '1', 'false'],
          [5, '2', 'true'],
        ],
      );
      const [told] = await scene.outputWith(arn, 'log_router', /"ready"/);
      const { outputs } = JSON.parse(told ?? '') as { outputs: { plugin: string; options: object }[] };
      const output = outputs.find(({ plugin }) => plugin === 'stdout');
      assert.ok(JSON.stringify(output?.options).includes(`token of ${type}`), told);
      await end(arn);
    });
  }

  it('waits while the router is away, and goes to the one that has come back', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.1; done';
    const arn = await scene.run(
      await scene.register([router('fluentbit', { command: ['sh', '-c', KEPT] }), user(script)]),
    );
    await routed(arn, (found) => found.length > 5);
    await killRouter(arn);
    const seen = (await routed(arn, () => true)).length;
    // What was under way may come twice.
    const all = new Set(logs(await routed(arn, (found) => found.length > seen + 30)));
    assert.deepEqual(
      [...all],
      [...all].map((_, index) => `tick ${index + 1}`),
    );
    await end(arn);
  });

  it('goes on where it stood when the agent is killed', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.1; done';
    const arn = await scene.run(await scene.register([router('fluentbit'), user(script)]));
    await routed(arn, (found) => found.length > 5);
    await scene.neargate.killAgent();
    const seen = (await routed(arn, () => true)).length;
    const all = logs(await routed(arn, (found) => found.length > seen + 20));
    // What was under way may come twice.
    assert.deepEqual(
      [...new Set(all)],
      [...new Set(all)].map((_, index) => `tick ${index + 1}`),
    );
    await end(arn);
  });

  it('is handed over to its last word before the router is stopped', async () => {
    const script = "trap 'echo goodbye; exit 0' TERM; echo hello; while :; do sleep 0.1; done";
    const arn = await scene.run(await scene.register([router('fluentbit'), user(script)]));
    await routed(arn, (found) => found.length === 1);
    await end(arn);
    assert.deepEqual(logs(await routed(arn, (found) => found.length === 2)), ['hello', 'goodbye']);
  });

  it('is handed over, too, when its container ends before the router listens', async () => {
    const arn = await scene.run(
      await scene.register([
        router('fluentbit', { command: ['sh', '-c', `sleep 2; exec ${ROUTER_COMMAND.join(' ')}`] }),
        user('echo short life'),
      ]),
    );
    await scene.until(arn, 'STOPPED');
    assert.deepEqual(logs(await routed(arn, (found) => found.length > 0)), ['short life']);
  });

  it('goes to a router that runs on a kernel of its own', async () => {
    // Node makes no threads there with Debian's runsc.
    const perl = await scene.push('perl', { layers: [await programLayer('/usr/bin/perl')] });
    const definition = await scene.register([
      router('fluentd', { image: perl, command: ['/usr/bin/perl', '-e', LISTENER] }),
      user('echo hello; sleep 600', {
        logConfiguration: { logDriver: 'awsfirelens', options: { '@type': 'stdout' } },
      }),
    ]);
    const arn = await scene.run(definition, { tags: [{ key: 'neargate:runtime', value: 'gvisor' }] });
    await scene.outputWith(arn, 'log_router', /^heard hello$/);
    await end(arn);
  });

  it('keeps nobody waiting when the router has ended', async () => {
    const arn = await scene.run(
      await scene.register([
        router('fluentbit', { command: ['sh', '-c', 'sleep 1; exit 3'] }),
        user('while :; do echo line; sleep 0.1; done', { stopTimeout: 2 }),
      ]),
    );
    const task = await scene.until(arn, 'STOPPED');
    const ended = task.containers?.find(({ name }) => name === 'log_router');
    assert.equal(ended?.exitCode, 3);
  });
});

/** Kills the process that is the router, not what starts it again. */
async function killRouter(taskArn: string): Promise<void> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    if (!(await read('cgroup')).includes(taskIdOf(taskArn))) continue;
    if ((await read('cmdline')).startsWith(`${ROUTER_COMMAND.join('\0')}\0`))
      process.kill(Number(pid), 'SIGKILL');
  }
}
