/** The commands of docs/how-to/network.md, one after the other, as a reader would type them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { Scene } from '../support/neargate/scene.ts';

const run = promisify(execFile);
/** From dist/test/root/. */
const GUIDE = fileURLToPath(new URL('../../../docs/how-to/network.md', import.meta.url));
const missing = await run('aws', ['--version']).then(
  () => undefined,
  () => 'the AWS command line (package awscli) is not installed',
);
const PATIENCE_MS = 10_000;

/** What the guide says of `aws`. */
const PRELUDE = 'set -euo pipefail\naws() { command aws --endpoint-url "$ENDPOINT" "$@"; }\n';

function commands(): string {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
  return blocks.filter((text) => text.includes('aws ')).join('');
}

describe('the guide to networks', { skip: missing ?? false, timeout: 290_000 }, () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start();
  });
  after(() => scene?.close());

  it('has commands that make a network, run tasks in it, and leave nothing', async () => {
    const { info, ecs, ec2, dataDir } = scene.neargate;
    await ecs.send(new CreateClusterCommand({ clusterName: 'dev' }));
    await scene.register([scene.container('web')], { family: 'web' });
    const { stdout } = await run('bash', ['-c', `${PRELUDE}${commands()}`], {
      env: {
        ...process.env,
        ENDPOINT: info.endpoint,
        AWS_ACCESS_KEY_ID: info.accessKeyId,
        AWS_SECRET_ACCESS_KEY: info.secretAccessKey,
        AWS_DEFAULT_REGION: info.region,
        AWS_PAGER: '',
      },
    });
    assert.match(stdout, /Hello from a Fargate task/);
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    assert.deepEqual(
      Vpcs.map(({ IsDefault }) => IsDefault),
      [true],
    );
    const { vpcPrefix } = new Names(dataDir);
    const left = () => readdirSync('/run/netns').filter((name) => name.startsWith(vpcPrefix));
    const deadline = performance.now() + PATIENCE_MS;
    while (left().length > 0 && performance.now() < deadline) await delay(20);
    assert.deepEqual(left(), []);
  });
});
