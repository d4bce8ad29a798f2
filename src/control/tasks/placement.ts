/**
 * Gives a task its machine and its network interface, in one transaction with the assignment. Repeatable: the
 * transaction holds only while the task is still unplaced, and what it took in memory is given back otherwise.
 */
import type { Scope } from '../../domain/arn.ts';
import type { TaskDefinitionRecord, TaskEni, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import { chooseMachine, type Overcommit } from '../../domain/machine.ts';
import { privateDnsName } from '../../domain/network/dns-names.ts';
import type { EniRecord } from '../../domain/network/records.ts';
import type { SubnetSpec, VpcSpec } from '../../domain/network/vpc.ts';
import type { AssignmentRecord } from '../../domain/task/assignment-record.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Entry, Store } from '../../ports/store.ts';
import type { Machines } from '../machines/machines.ts';
import type { Addresses } from './addresses.ts';
import { buildAssignment } from './build-assignment.ts';

export interface NetworkView {
  /** The VPC of a subnet with the subnet itself, or undefined when the subnet is unknown. */
  subnet(scope: Scope, subnetId: string): { vpc: VpcSpec; subnet: SubnetSpec } | undefined;
}

export interface PlacementDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly machines: Machines;
  readonly addresses: Addresses;
  readonly network: NetworkView;
  readonly overcommit: Overcommit;
}

export type PlacementOutcome =
  | { readonly outcome: 'placed' }
  /** The record changed meanwhile: look at it again. */
  | { readonly outcome: 'stale' }
  /** No machine is connected: wait for one. */
  | { readonly outcome: 'no-machine' }
  /** The task can't run; the words are for stoppedReason. */
  | { readonly outcome: 'impossible'; readonly reason: string };

const CAPACITY =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone';

export async function placeTask(entry: Entry<TaskRecord>, deps: PlacementDeps): Promise<PlacementOutcome> {
  const record = entry.value;
  const candidates = deps.machines.candidates();
  if (candidates.length === 0) return { outcome: 'no-machine' };
  const definition = await readDefinition(record, deps.store);
  if (definition === undefined) return { outcome: 'impossible', reason: 'Task failed to start' };
  let reason = CAPACITY;
  for (const subnetId of record.networkConfiguration.subnets) {
    const found = deps.network.subnet(record, subnetId);
    if (found === undefined) continue;
    const machine = chooseMachine(record, found.subnet.availabilityZone, candidates, deps.overcommit);
    if (machine === undefined) continue;
    const address = await deps.addresses.take(record, found.subnet);
    if (address === undefined) {
      reason = `Unexpected EC2 error while attempting to Create Network Interface in subnet '${subnetId}': InsufficientFreeAddressesInSubnet`;
      continue;
    }
    const committed = await commit(
      entry,
      definition,
      { ...found, address, machineId: machine.machineId },
      deps,
    );
    if (!committed) await deps.addresses.release(record, found.subnet, address);
    return { outcome: committed ? 'placed' : 'stale' };
  }
  return { outcome: 'impossible', reason };
}

interface Choice {
  readonly vpc: VpcSpec;
  readonly subnet: SubnetSpec;
  readonly address: string;
  readonly machineId: string;
}

async function commit(
  entry: Entry<TaskRecord>,
  definition: TaskDefinitionRecord,
  choice: Choice,
  deps: PlacementDeps,
): Promise<boolean> {
  const record = entry.value;
  const eni = newEni(record, choice, deps.ids);
  const placed: TaskRecord = {
    ...record,
    machineId: choice.machineId,
    eni,
    version: record.version + 1,
  };
  const eniRecord: EniRecord = {
    eniId: eni.eniId,
    subnetId: eni.subnetId,
    vpcId: choice.vpc.vpcId,
    availabilityZone: eni.availabilityZone,
    macAddress: eni.macAddress,
    privateIpv4Address: eni.privateIpv4Address,
    privateDnsName: eni.privateDnsName,
    securityGroups: record.networkConfiguration.securityGroups,
    description: `arn:aws:ecs:${record.region}:${record.account}:attachment/${eni.attachmentId}`,
    owner: {
      type: 'task',
      taskArn: record.taskArn,
      attachmentId: eni.attachmentId,
      machineId: choice.machineId,
    },
    createdAt: deps.clock.now(),
    tags: {},
  };
  const assignment = buildAssignment({
    record: placed,
    definition,
    eni,
    subnet: choice.subnet,
    vpc: choice.vpc,
  });
  const assigned: AssignmentRecord = { taskKey: entry.key, assignment };
  const addressKey = keys.address(record, eni.subnetId, eni.privateIpv4Address);
  const result = await deps.store.transact(
    [
      { key: entry.key, revision: entry.revision },
      { key: addressKey, revision: 0 },
    ],
    [
      { put: entry.key, value: placed },
      { put: keys.ec2(record, 'eni', eni.eniId), value: eniRecord },
      { put: addressKey, value: { eniId: eni.eniId } },
      { put: keys.assigned(choice.machineId, record.taskId), value: assigned },
    ],
  );
  if (result.ok) deps.machines.promise(choice.machineId, record.taskId, record);
  return result.ok;
}

function newEni(record: TaskRecord, choice: Choice, ids: IdSource): TaskEni {
  const mac = ids.hex(10).match(/../g)?.join(':') ?? '';
  return {
    attachmentId: record.attachmentId,
    attachmentStatus: 'ATTACHING',
    eniId: `eni-0${ids.hex(16)}`,
    subnetId: choice.subnet.subnetId,
    availabilityZone: choice.subnet.availabilityZone,
    macAddress: `0a:${mac}`,
    privateIpv4Address: choice.address,
    privateDnsName: privateDnsName(record.region, choice.address),
  };
}

async function readDefinition(record: TaskRecord, store: Store): Promise<TaskDefinitionRecord | undefined> {
  const match = /task-definition\/([^:]+):(\d+)$/.exec(record.taskDefinitionArn);
  if (match === null) return undefined;
  const [, family = '', revision = ''] = match;
  const key = keys.taskDefinition(record, family, Number(revision));
  return (await store.get<TaskDefinitionRecord>(key))?.value;
}
