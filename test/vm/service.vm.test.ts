/** The package on a machine with systemd: installed as docs/how-to/install.md says, started, restarted, removed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import type { ReadyInfo } from '../../src/cli/ready-info.ts';
import { buildSampleImage, pushImage } from '../../src/cli/sample-image/sample.ts';
import { patient } from '../../src/ports/testing/patience.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const TARBALL = '/srv/neargate.tgz';
const CACHE = '/srv/npm-cache';
const elsewhere = existsSync(TARBALL) ? false : 'only in the machine of test:vm';
const PATIENCE_MS = patient(60_000);

/** What a command prints; fails with its output when it does. */
async function sh(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-ec', command]).catch(
    (error: Error & { stdout: string; stderr: string }) =>
      assert.fail(`${command}: ${error.message}\n${error.stdout}${error.stderr}`),
  );
  return stdout.trim();
}

const show = (property: string): Promise<string> =>
  sh(`systemctl show --value --property ${property} neargate`);

async function cgroupOf(taskId: string): Promise<string | undefined> {
  const names = await readdir('/sys/fs/cgroup');
  const parent = names.find((name) => name.startsWith('neargate-'));
  const path = `/sys/fs/cgroup/${parent}/${taskId}`;
  return parent !== undefined && existsSync(path) ? path : undefined;
}

describe('The package as a service', { skip: elsewhere, concurrency: 1, timeout: patient(600_000) }, () => {
  let registry: TestRegistry;
  let ecs: ECSClient;
  let taskArn = '';
  let pid = '';

  const status = async (): Promise<string | undefined> => {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
    if (tasks[0]?.lastStatus === 'STOPPED') assert.fail(tasks[0].stoppedReason ?? 'stopped');
    return tasks[0]?.lastStatus;
  };
  const taskId = (): string => taskArn.slice(taskArn.lastIndexOf('/') + 1);
  const processes = async (): Promise<string> =>
    sh(`cat $(find ${await cgroupOf(taskId())} -name cgroup.procs) | sort | tr '\\n' ' '`);

  before(async () => {
    registry = await startRegistry();
    const image = await buildSampleImage('/bin/busybox');
    await pushImage(image, { registryUrl: registry.url, repository: 'sample', tag: 'latest' });
  });
  after(async () => {
    ecs?.destroy();
    await registry?.close();
  });

  it('is installed by npm, and finds what it needs', async () => {
    await sh(`npm install --global --offline --cache ${CACHE} ${TARBALL}`);
    assert.equal(await sh('command -v neargate'), '/usr/local/bin/neargate');
    assert.match(await sh('neargate setup'), /Nothing is missing/);
    assert.match(await sh('neargate doctor'), /Tasks can run here\.$/);
  });

  it('is ready when systemctl start comes back', async () => {
    await mkdir('/etc/neargate', { mode: 0o700 });
    const settings = { iam: 'permissive', registries: [`registry.test:5000=${registry.host}`] };
    await writeFile('/etc/neargate/neargate.json', JSON.stringify(settings));
    await sh('systemctl enable --now "$(npm root --global)/neargate/systemd/neargate.service"');
    assert.equal(await show('ActiveState'), 'active');
    assert.match(await show('StatusText'), /^http:\/\/127\.0\.0\.1:4580$/);
    assert.ok(existsSync('/run/neargate/agent.pid'));
    const info = JSON.parse(await readFile('/var/lib/neargate/ready.json', 'utf8')) as ReadyInfo;
    ecs = new ECSClient({
      endpoint: info.endpoint,
      region: info.region,
      credentials: { accessKeyId: info.accessKeyId, secretAccessKey: info.secretAccessKey },
    });
    await ecs.send(new CreateClusterCommand({ clusterName: 'default' }));
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: 'sleeper', requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc' },
        ...{ cpu: '256', memory: '512' },
        containerDefinitions: [
          { name: 'app', image: 'registry.test:5000/sample:latest', command: ['sleep', '100000'] },
        ],
      }),
    );
    const subnets = [info.defaultVpc.subnets[0]?.subnetId ?? ''];
    const { tasks = [] } = await ecs.send(
      new RunTaskCommand({
        ...{ taskDefinition: taskDefinition?.taskDefinitionArn, launchType: 'FARGATE' },
        networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' } },
      }),
    );
    taskArn = tasks[0]?.taskArn ?? assert.fail('no task');
    const deadline = performance.now() + PATIENCE_MS;
    while ((await status()) !== 'RUNNING') {
      assert.ok(performance.now() < deadline, 'the task does not run');
      await delay(200);
    }
    pid = await processes();
    assert.match(pid, /^\d+/);
  });

  it('leaves a task running, in its limits, over restart and daemon-reload', async () => {
    const before = await show('MainPID');
    await sh('systemctl daemon-reload');
    await sh('systemctl restart neargate');
    assert.notEqual(await show('MainPID'), before);
    assert.equal(await status(), 'RUNNING');
    assert.equal(await processes(), pid);
    const limit = await readFile(`${await cgroupOf(taskId())}/memory.max`, 'utf8');
    assert.equal(Number(limit), 512 * 2 ** 20);
  });

  it('starts again when it was killed, and the task goes on', async () => {
    await sh('systemctl kill --signal KILL --kill-who main neargate');
    const deadline = performance.now() + PATIENCE_MS;
    while ((await show('NRestarts')) === '0' || (await show('ActiveState')) !== 'active') {
      assert.ok(performance.now() < deadline, 'it has not started again');
      await delay(200);
    }
    assert.equal(await status(), 'RUNNING');
    assert.equal(await processes(), pid);
  });

  it('is not started again on data of a newer release, and the task goes on', async () => {
    const file = '/var/lib/neargate/format';
    const format = await readFile(file, 'utf8');
    await sh('systemctl stop neargate');
    await writeFile(file, '999\n');
    await sh('! systemctl start neargate 2> /dev/null');
    assert.equal(await show('ActiveState'), 'failed');
    assert.equal(await show('ExecMainStatus'), '3');
    assert.equal(await show('NRestarts'), '0');
    assert.match(await sh('journalctl --unit neargate --lines 50'), /format 999, which a newer Neargate/);
    await writeFile(file, format);
    await sh('systemctl start neargate');
    assert.equal(await status(), 'RUNNING');
    assert.equal(await processes(), pid);
  });

  it('is removed, and leaves its data alone', async () => {
    await sh('systemctl disable --now neargate');
    assert.equal(await show('ActiveState'), 'inactive');
    assert.equal(await processes(), pid, 'the task goes on');
    await sh('neargate down --tasks');
    assert.equal(await cgroupOf(taskId()), undefined);
    assert.deepEqual(
      (await readdir('/run/netns')).filter((name) => name.startsWith('ng-')),
      [],
    );
    assert.doesNotMatch(await readFile('/proc/self/mountinfo', 'utf8'), /\/var\/lib\/neargate/);
    assert.equal(
      await sh('cat /sys/fs/cgroup/system.slice/neargate.service/cgroup.procs 2> /dev/null || true'),
      '',
    );
    await sh('npm uninstall --global neargate');
    assert.equal(existsSync('/usr/local/bin/neargate'), false);
    assert.ok(existsSync('/var/lib/neargate/control/data.mdb'));
  });
});
