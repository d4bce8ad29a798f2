/** A task on the machine that this process is on: prints what it is told at an address, and leaves nothing. */
import { text } from 'node:stream/consumers';
import { LinuxTaskNetwork } from '../linux-task-network.ts';
import { eniOf } from '../../../ports/testing/task-network-suite.ts';
import { pictureOf } from '../../../ports/testing/vpc-picture.ts';

const [instance = '', host = '', port = ''] = process.argv.slice(2);
const vpc = { vpcId: 'vpc-0000000000000d0c0', cidr: '10.201.0.0/16', routedFromHost: true };
const network = new LinuxTaskNetwork({ instance });
try {
  await network.applyVpc(pictureOf(vpc));
  await network.attach('task', { ...eniOf(vpc, 1), publicIpv4Address: '198.19.0.1' });
  const target = { host, port: Number(port) };
  const asked = network.dialer('task').connect(target, AbortSignal.timeout(2000)).then(text);
  process.stdout.write(await asked.catch(() => 'no answer'));
} finally {
  await network.detach('task');
  await network.removeVpc(vpc.vpcId);
  await network.close();
}
