import { describeTaskNetwork } from '../../ports/testing/task-network-suite.ts';
import { FakeTaskNetwork } from './fake-task-network.ts';

const VPCS = { 1: 'vpc-00000000000000001', 2: 'vpc-00000000000000002' };

describeTaskNetwork('FakeTaskNetwork', async () => {
  const network = new FakeTaskNetwork();
  return {
    network,
    reopen: () => network,
    vpc: (number) => ({ vpcId: VPCS[number], cidr: '10.213.0.0/16', routedFromHost: false }),
    sendDatagram: async (taskId, host, port, message) => {
      const answer = await network
        .sendDatagram(taskId, { host, port }, Buffer.from(message))
        .catch(() => undefined);
      return answer?.toString();
    },
    leftovers: async () => [...(await network.listAttached()), ...(await network.listVpcs())],
    close: () => network.close(),
  };
});
