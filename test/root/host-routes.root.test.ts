import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { Scene } from '../support/neargate/scene.ts';
import { placeIn, TestNetwork, type TestSubnet } from '../support/neargate/test-network.ts';
import { patient } from '../../src/ports/testing/patience.ts';
import { fetchPage } from '../support/neargate/fetch-page.ts';
import { SHARE } from '../../src/ports/testing/machine-share.ts';

const WEB_PORT = 8080;
const PATIENCE_MS = patient(30_000);
/** Other test runs on the machine may have VPCs of their own. */
const RANGE = `10.${20 + SHARE}`;
const OTHER_RANGE = `10.${60 + SHARE}`;

const ip = (...parameters: string[]): string => execFileSync('ip', parameters, { encoding: 'utf8' });
const routeTo = (range: string): string => ip('route', 'show', `${range}.0.0/16`);

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) assert.fail(what);
    await delay(20);
  }
}

describe('the host', { timeout: patient(180_000) }, () => {
  let scene: Scene;
  let definition: string;
  before(async () => {
    scene = await Scene.start(['--host-route-vpcs', 'team']);
    definition = await scene.register([scene.container('web')]);
  });
  after(() => scene?.close());

  const name = (vpcId: string, value: string) =>
    scene.neargate.ec2.send(
      new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: 'Name', Value: value }] }),
    );
  const run = async (network: TestNetwork, subnet: TestSubnet): Promise<string> => {
    const group = await network.addGroup(`web-${subnet.subnetId}`);
    return await scene.run(definition, placeIn(subnet, group, 'ENABLED'));
  };
  /** Resolves with the address of a task that serves. */
  const serving = async (task: string): Promise<string> => {
    await scene.outputWith(task, 'web', /^serving /);
    return Scene.address(await scene.describe(task));
  };
  const namespaceOf = ({ vpcId }: TestNetwork): string =>
    new Names(scene.neargate.dataDir).vpcNamespace(vpcId);
  const isOnMachine = (network: TestNetwork): boolean =>
    readdirSync('/run/netns').includes(namespaceOf(network));

  it('reaches tasks of a VPC that the settings name, as long as it has the name, and of no other', async () => {
    const team = await TestNetwork.make(scene.neargate.ec2, RANGE);
    await name(team.vpcId, 'team');
    const other = await TestNetwork.make(scene.neargate.ec2, OTHER_RANGE);
    const [inTeam, inOther] = [
      await run(team, await team.addPublicSubnet()),
      await run(other, await other.addPublicSubnet()),
    ];
    const address = await serving(inTeam);
    await scene.until(inOther, 'RUNNING');
    const page = (): Promise<string> => fetchPage(`http://${address}:${WEB_PORT}/`);
    assert.match(await page(), /Hello from a Fargate task/);
    assert.equal(routeTo(OTHER_RANGE), '');

    const tag = { Resources: [team.vpcId], Tags: [{ Key: 'Name' }] };
    await scene.neargate.ec2.send(new DeleteTagsCommand(tag));
    await until(() => routeTo(RANGE) === '', 'the route stays');
    await name(team.vpcId, 'team');
    await until(() => routeTo(RANGE) !== '', 'the route does not come back');
    assert.match(await page(), /Hello from a Fargate task/);

    for (const [network, task] of [
      [team, inTeam],
      [other, inOther],
    ] as const) {
      await scene.stop(task);
      await scene.until(task, 'STOPPED');
      assert.ok(isOnMachine(network));
      await network.remove();
      await until(() => !isOnMachine(network), 'the VPC stays');
    }
    assert.equal(routeTo(RANGE), '');
  });

  it('says which of its routes stands in the way of a VPC, and reaches it when that is gone', async () => {
    const network = await TestNetwork.make(scene.neargate.ec2, RANGE);
    await name(network.vpcId, 'team');
    const subnet = await network.addPublicSubnet();
    const route = `${RANGE}.128.0/20`;
    ip('route', 'add', 'blackhole', route);
    try {
      const { stopCode, stoppedReason } = await scene.until(await run(network, subnet), 'STOPPED');
      assert.equal(stopCode, 'TaskFailedToStart');
      assert.equal(
        stoppedReason,
        `ResourceInitializationError: failed to configure ENI: the VPC's range ${RANGE}.0.0/16 clashes with this ` +
          `machine's route to ${route}: choose another range for the VPC, or do not route it from the host`,
      );
    } finally {
      ip('route', 'del', 'blackhole', route);
    }
    const second = await network.addPublicSubnet();
    const page = await fetchPage(`http://${await serving(await run(network, second))}:${WEB_PORT}/`);
    assert.match(page, /Hello from a Fargate task/);
  });
});
