/**
 * Gives a task its machine and its network interface, in one transaction with the assignment. Repeatable: the
 * transaction holds only while the task is still unplaced, and what it took in memory is given back otherwise.
 */
import type { TaskDefinitionRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import { chooseMachine, type Overcommit } from '../../domain/machine.ts';
import type { SubnetRecord, VpcRecord } from '../../domain/network/records.ts';
import type { AssignmentRecord } from '../../domain/task/assignment-record.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Condition, Entry, Store, Write } from '../../ports/store.ts';
import type { Machines } from '../machines/machines.ts';
import type { Addresses } from '../network/addresses.ts';
import { buildAssignment } from './build-assignment.ts';
import { type InterfacePlace, newTaskEni, taskEniRecord } from './task-interface.ts';

export interface PlacementDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly machines: Machines;
  readonly addresses: Addresses;
  readonly overcommit: Overcommit;
}

export type PlacementOutcome =
  | { readonly outcome: 'placed' }
  /** Something changed meanwhile: look at it again. */
  | { readonly outcome: 'stale' }
  /** No machine is connected: wait for one. */
  | { readonly outcome: 'no-machine' }
  /** The task can't run; the words are for stoppedReason. */
  | { readonly outcome: 'impossible'; readonly reason: string };

const CAPACITY =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone';

interface Network {
  readonly subnet: Entry<SubnetRecord>;
  readonly vpc: VpcRecord;
}

export async function placeTask(entry: Entry<TaskRecord>, deps: PlacementDeps): Promise<PlacementOutcome> {
  const record = entry.value;
  const candidates = deps.machines.candidates();
  if (candidates.length === 0) return { outcome: 'no-machine' };
  const definition = await readDefinition(record, deps.store);
  if (definition === undefined) return { outcome: 'impossible', reason: 'Task failed to start' };
  let reason = CAPACITY;
  for (const subnetId of record.networkConfiguration.subnets) {
    const network = await readNetwork(record, subnetId, deps.store);
    if (network === undefined) {
      reason = noInterface(record, subnetId, 'InvalidSubnetID.NotFound');
      continue;
    }
    const subnet = network.subnet.value;
    const machine = chooseMachine(record, subnet.availabilityZone, candidates, deps.overcommit);
    if (machine === undefined) continue;
    const taken = await takeAddresses(record, subnet, deps.addresses);
    if ('lacking' in taken) {
      reason = noInterface(record, subnetId, taken.lacking);
      continue;
    }
    const place = { subnet, vpc: network.vpc, machineId: machine.machineId, ...taken };
    const isPlaced = await commit({ entry, definition, subnet: network.subnet, place }, deps);
    return { outcome: isPlaced ? 'placed' : 'stale' };
  }
  return { outcome: 'impossible', reason };
}

function noInterface({ networkConfiguration }: TaskRecord, subnetId: string, code: string): string {
  const isPublic = networkConfiguration.assignPublicIp === 'ENABLED';
  const kind = isPublic ? 'with public IP assignment enabled ' : '';
  return `Unexpected EC2 error while attempting to Create Network Interface ${kind}in subnet '${subnetId}': ${code}`;
}

/** The addresses of an interface in the subnet, or AWS's code for what there is none of. */
async function takeAddresses(
  record: TaskRecord,
  subnet: SubnetRecord,
  addresses: Addresses,
): Promise<{ address: string; publicAddress?: string } | { lacking: string }> {
  const address = await addresses.take(record, subnet);
  if (address === undefined) return { lacking: 'InsufficientFreeAddressesInSubnet' };
  if (record.networkConfiguration.assignPublicIp !== 'ENABLED') return { address };
  const publicAddress = await addresses.takePublic();
  if (publicAddress !== undefined) return { address, publicAddress };
  await addresses.giveBack(record, subnet.subnetId, address);
  return { lacking: 'InsufficientAddressCapacity' };
}

interface Choice {
  readonly entry: Entry<TaskRecord>;
  readonly definition: TaskDefinitionRecord;
  readonly subnet: Entry<SubnetRecord>;
  readonly place: InterfacePlace;
}

async function commit(choice: Choice, deps: PlacementDeps): Promise<boolean> {
  const { entry, place } = choice;
  const record = entry.value;
  const { conditions, writes } = placementWrites(choice, deps);
  const result = await deps.store.transact(conditions, writes);
  if (result.ok) {
    deps.machines.promise(place.machineId, record.taskId, record);
    return true;
  }
  // An address that somebody else has claimed stays taken.
  const isFree = (key: string): boolean => !result.failed.includes(key);
  const { address, publicAddress, subnet } = place;
  if (isFree(keys.address(record, subnet.subnetId, address))) {
    await deps.addresses.giveBack(record, subnet.subnetId, address);
  }
  if (publicAddress !== undefined && isFree(keys.publicAddress(publicAddress))) {
    await deps.addresses.giveBackPublic(publicAddress);
  }
  return false;
}

function placementWrites(
  { entry, definition, subnet: subnetEntry, place }: Choice,
  { ids, clock }: PlacementDeps,
): { conditions: Condition[]; writes: Write[] } {
  const record = entry.value;
  const { machineId, publicAddress, subnet, vpc } = place;
  const eni = newTaskEni(record, place, ids);
  const placed: TaskRecord = { ...record, machineId, eni, version: record.version + 1 };
  const assignment = buildAssignment({ record: placed, definition, eni, subnet, vpc, publicAddress });
  const assigned: AssignmentRecord = { taskKey: entry.key, assignment };
  const addressKey = keys.address(record, eni.subnetId, eni.privateIpv4Address);
  const conditions = [
    { key: entry.key, revision: entry.revision },
    // It may be deleted just now.
    { key: subnetEntry.key, revision: subnetEntry.revision },
    { key: addressKey, revision: 0 },
  ];
  const writes: Write[] = [
    { put: entry.key, value: placed },
    {
      put: keys.ec2(record, 'eni', eni.eniId),
      value: taskEniRecord(record, eni, place, clock.now()),
    },
    { put: addressKey, value: { eniId: eni.eniId } },
    { put: keys.assigned(machineId, record.taskId), value: assigned },
  ];
  if (publicAddress !== undefined) {
    const { account, region } = record;
    conditions.push({ key: keys.publicAddress(publicAddress), revision: 0 });
    writes.push({
      put: keys.publicAddress(publicAddress),
      value: { account, region, ownerId: eni.eniId },
    });
  }
  return { conditions, writes };
}

async function readNetwork(record: TaskRecord, subnetId: string, store: Store): Promise<Network | undefined> {
  const subnet = await store.get<SubnetRecord>(keys.ec2(record, 'subnet', subnetId));
  if (subnet === undefined) return undefined;
  const vpc = await store.get<VpcRecord>(keys.ec2(record, 'vpc', subnet.value.vpcId));
  return vpc === undefined ? undefined : { subnet, vpc: vpc.value };
}

async function readDefinition(record: TaskRecord, store: Store): Promise<TaskDefinitionRecord | undefined> {
  const match = /task-definition\/([^:]+):(\d+)$/.exec(record.taskDefinitionArn);
  if (match === null) return undefined;
  const [, family = '', revision = ''] = match;
  const key = keys.taskDefinition(record, family, Number(revision));
  return (await store.get<TaskDefinitionRecord>(key))?.value;
}
