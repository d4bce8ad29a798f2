/** Times of attaching and detaching, in a VPC whose interfaces have five groups of fifty rules each. */
import type { TaskNetwork } from '../../src/ports/task-network.ts';
import { eniOf } from '../../src/ports/testing/task-network-suite.ts';
import { groupOf, pictureOf, portOf } from '../../src/ports/testing/vpc-picture.ts';
import { type Figures, figuresOf } from '../figures.ts';

/** What an act takes, in milliseconds. */
export interface Cost {
  readonly time: Figures;
  /** Of the processor, this process's: hardly depends on what else the machine does. */
  readonly cpu: Figures;
}

export interface AttachFigures {
  readonly alone: Cost;
  readonly detach: Cost;
  readonly crowded: Cost;
  readonly crowd: { readonly interfaces: number; readonly groups: number; readonly rules: number };
}

const CROWD = { interfaces: 200, groups: 5, rules: 50 };
const VPC = { vpcId: 'vpc-000000000000000b1', cidr: '10.77.0.0/16', routedFromHost: false };
const GROUP_IDS = Array.from({ length: CROWD.groups }, (_, index) => `sg-000000000000000b${index}`);

export async function measureAttach(network: TaskNetwork, count: number): Promise<AttachFigures> {
  await network.applyVpc(pictureOf(VPC, { groups: GROUP_IDS.map(groupWithRules) }));
  // What is made once: processes, caches, the chain for this list of groups.
  await rounds(network, 3);
  const first = await rounds(network, count);
  const others = Array.from({ length: CROWD.interfaces }, (_, index) => `crowd-${index}`);
  for (const [index, taskId] of others.entries()) await network.attach(taskId, interfaceOf(index + 2));
  const next = await rounds(network, count);
  for (const taskId of others) await network.detach(taskId);
  await network.removeVpc(VPC.vpcId);
  return {
    alone: costOf(first.attach),
    detach: costOf([...first.detach, ...next.detach]),
    crowded: costOf(next.attach),
    crowd: CROWD,
  };
}

interface Act {
  readonly time: number;
  readonly cpu: number;
}

function costOf(acts: readonly Act[]): Cost {
  return { time: figuresOf(acts.map(({ time }) => time)), cpu: figuresOf(acts.map(({ cpu }) => cpu)) };
}

async function rounds(network: TaskNetwork, count: number): Promise<{ attach: Act[]; detach: Act[] }> {
  const acts = { attach: [] as Act[], detach: [] as Act[] };
  for (let round = 0; round < count; round += 1) {
    const taskId = `bench-${round}`;
    acts.attach.push(await measured(() => network.attach(taskId, interfaceOf(1))));
    acts.detach.push(await measured(() => network.detach(taskId)));
    // Tasks do not come without a pause, in which the next namespace is made ready.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return acts;
}

function interfaceOf(position: number) {
  return {
    ...eniOf(VPC, position),
    securityGroups: GROUP_IDS,
    publicIpv4Address: `198.19.250.${position}`,
  };
}

function groupWithRules(groupId: string, group: number) {
  const rules = Array.from({ length: CROWD.rules }, (_, rule) =>
    portOf(1000 + group * 100 + rule, { cidrs: [`10.${group}.${rule}.0/24`, '192.168.0.0/16'] }),
  );
  return groupOf(groupId, rules);
}

async function measured(action: () => Promise<unknown>): Promise<Act> {
  const [before, used] = [performance.now(), process.cpuUsage()];
  await action();
  const { user, system } = process.cpuUsage(used);
  return { time: performance.now() - before, cpu: (user + system) / 1000 };
}
