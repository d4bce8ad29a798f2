/**
 * Networks from their making to their end, by the scripts that people have and by the guide, and two that are the same
 * side by side.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { type Census, takeCensus } from '../support/neargate/census.ts';
import { python, shell, toolsMissing } from '../support/neargate/python.ts';
import { Scene } from '../support/neargate/scene.ts';
import { TestNetwork, placeIn, tcpFrom } from '../support/neargate/test-network.ts';
import { IN_VAIN_MS, Vantage } from '../support/neargate/vantage.ts';
import { BOTO3_SCRIPT, CLI_SCRIPT, guideScript } from '../support/neargate/vpc-scripts.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const PATIENCE_MS = patient(30_000);
const PORT = 8081;

describe('A network', { timeout: patient(290_000) }, async () => {
  const skip = (await toolsMissing()) ?? false;
  let scene: Scene;

  before(async () => {
    scene = await Scene.start();
  });

  after(async () => {
    await scene?.close();
  });

  /** Resolves when the machine has nothing more than before. */
  const untilAsBefore = async (before: Census): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const { snapshots: _, ...rest } = await takeCensus(scene.neargate.dataDir);
      const { snapshots: __, ...wanted } = before;
      try {
        assert.deepEqual(rest, wanted);
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(200);
      }
    }
  };

  it('is made, used and taken away with boto3, with `aws ec2` and as the guide says, and nothing is left', {
    skip,
  }, async () => {
    const { neargate, image } = scene;
    await neargate.ecs.send(new CreateClusterCommand({ clusterName: 'dev' }));
    await scene.register([scene.container('web')], { family: 'web' });
    const census = await takeCensus(neargate.dataDir);
    const [boto3, cli, guide] = await Promise.all([
      python(neargate, BOTO3_SCRIPT, { IMAGE: image }),
      shell(neargate, CLI_SCRIPT, {}),
      shell(neargate, guideScript(), {}),
    ]);
    const { vpc, ...seen } = JSON.parse(boto3) as { vpc: string };
    assert.match(vpc, /^vpc-[0-9a-f]{17}$/);
    assert.deepEqual(seen, {
      lines: ['<!doctype html>', '<title>Neargate</title>', '<p>Hello from a Fargate task.</p>'],
      kinds: ['interface', 'nat_gateway', 'vpc_endpoint'],
      early: 'DependencyViolation',
      left: [],
    });
    assert.match(cli, /^0$/m);
    assert.match(guide, /^<p>Hello from a Fargate task\.<\/p>$/m);
    const { Vpcs = [] } = await neargate.ec2.send(new DescribeVpcsCommand({}));
    assert.deepEqual(
      Vpcs.map(({ IsDefault }) => IsDefault),
      [true],
    );
    await untilAsBefore(census);
  });

  it('may be like another: tasks with the same address run, and neither reaches the other', async () => {
    const definition = await scene.register([{ name: 'app', image: scene.image }]);
    const places: Vantage[] = [];
    const build = async (name: string) => {
      const network = await TestNetwork.make(scene.neargate.ec2, '10.83');
      const subnet = await network.addPublicSubnet();
      const group = await network.addGroup('all', tcpFrom('0.0.0.0/0', PORT));
      const start = async (): Promise<[string, Vantage]> => {
        const arn = await scene.run(definition, placeIn(subnet, group, 'ENABLED'));
        const task = await scene.until(arn, 'RUNNING');
        const place = Vantage.inTask(scene.neargate.dataDir, arn);
        places.push(place);
        return [Scene.address(task), place];
      };
      const [address, place] = await start();
      await place.listen(PORT, (socket) => socket.end(name));
      const [, neighbour] = await start();
      return { address, neighbour, start };
    };
    try {
      const [one, two] = await Promise.all([build('one'), build('two')]);
      assert.equal(one.address, two.address);
      assert.equal(await one.neighbour.ask(one.address, PORT), 'one');
      assert.equal(await two.neighbour.ask(two.address, PORT), 'two');
      const [only, place] = await two.start();
      await place.serve(PORT);
      assert.match(await two.neighbour.ask(only, PORT), /^seen as 10\.83\./);
      assert.equal(await one.neighbour.ask(only, PORT, IN_VAIN_MS), 'no answer');
    } finally {
      for (const place of places) place.close();
    }
  });
});
