/** A process that attaches and detaches tasks, and changes their VPC, until it is killed. For tests of what that leaves. */
import { LinuxTaskNetwork } from '../linux-task-network.ts';
import { eniOf } from '../../../ports/testing/task-network-suite.ts';
import { OPEN_GROUP_ID, groupOf, pictureOf, portOf, ruleOf } from '../../../ports/testing/vpc-picture.ts';

const [instance = '', publicNet = '', ...vpcs] = process.argv.slice(2);
const network = new LinuxTaskNetwork({ instance, publicCidr: `${publicNet}.0/24` });
const specs = vpcs.map((text) => {
  const [vpcId = '', cidr = ''] = text.split(',');
  return { vpcId, cidr, routedFromHost: false };
});

async function comeAndGo(index: number): Promise<void> {
  const vpc = specs[index % specs.length];
  if (vpc === undefined) return;
  for (;;) {
    const eni = { ...eniOf(vpc, index + 1), publicIpv4Address: `${publicNet}.${index + 1}` };
    await network.attach(`task-${index}`, eni);
    await network.detach(`task-${index}`);
  }
}

async function change(): Promise<void> {
  for (let round = 0; ; round += 1) {
    for (const vpc of specs) {
      const rules = [ruleOf(), ...(round % 2 === 0 ? [portOf(round % 1000)] : [])];
      await network.applyVpc(pictureOf(vpc, { groups: [groupOf(OPEN_GROUP_ID, rules)] }));
    }
    if (round === 0) process.stdout.write('ready\n');
    if (round === 0) for (const index of [0, 1, 2, 3]) void comeAndGo(index);
  }
}

await change();
