import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import { Outside } from '../support/neargate/outside.ts';
import { Scene } from '../support/neargate/scene.ts';
import { eniIdOf, interfaceOf } from '../support/neargate/test-network.ts';
import { Vantage } from '../support/neargate/vantage.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const PORT = 7001;

describe('assignPublicIp in a public subnet', { timeout: patient(180_000) }, () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start();
  });
  after(() => scene?.close());

  const place = (assignPublicIp: 'ENABLED' | 'DISABLED') => {
    const subnets = scene.neargate.info.defaultVpc.subnets.slice(0, 1).map(({ subnetId }) => subnetId);
    return { networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp } } };
  };

  it('ENABLED is the way out, by an address that the task has until its end', async (test) => {
    const outside = Outside.make();
    test.after(() => outside.close());
    const beyond = new Vantage({ within: outside.within });
    test.after(() => beyond.close());
    await beyond.serve(PORT);
    const arn = await scene.run(await scene.register([scene.container('web')]), place('ENABLED'));
    const task = await scene.until(arn, 'RUNNING');
    const eni = await interfaceOf(scene.neargate.ec2, eniIdOf(task));
    assert.match(eni.Association?.PublicIp ?? '', /^198\.19\./);
    assert.equal(eni.PrivateIpAddress, Scene.address(task));
    assert.match(JSON.stringify(task), /^(?!.*198\.19\.)/, 'DescribeTasks shows no public address');
    const inside = Vantage.inTask(scene.neargate.dataDir, arn);
    test.after(() => inside.close());
    assert.match(await inside.ask(outside.address, PORT), /^seen as /);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
    const left = await scene.neargate.ec2.send(new DescribeNetworkInterfacesCommand({}));
    assert.deepEqual(left.NetworkInterfaces, []);
  });

  it('DISABLED is none: not even the image comes in', async () => {
    const definition = await scene.register([{ name: 'web', image: scene.image }]);
    const task = await scene.until(await scene.run(definition, place('DISABLED')), 'STOPPED');
    assert.equal(task.stopCode, 'TaskFailedToStart');
    assert.match(
      task.stoppedReason ?? '',
      /^CannotPullContainerError: .*failed to resolve ref registry\.test:5000\/.*: i\/o timeout$/,
    );
  });
});
