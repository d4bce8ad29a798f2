/**
 * Gives a task its machine and its network interface, in one transaction with the assignment. Repeatable: the
 * transaction holds only while the task is still unplaced, and what it took in memory is given back otherwise.
 */
import type { TaskDefinitionRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import { chooseMachine, type Overcommit } from '../../domain/machine.ts';
import type { RolePolicies } from '../../domain/iam/decide.ts';
import type { SubnetRecord } from '../../domain/network/records.ts';
import type { AssignmentRecord } from '../../domain/task/assignment-record.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Condition, Entry, Store, Write } from '../../ports/store.ts';
import type { Machines } from '../machines/machines.ts';
import type { Addresses } from '../network/addresses.ts';
import { buildAssignment } from './build-assignment.ts';
import { noInterface, type PlacementNetwork, readPlacementNetwork } from './placement-network.ts';
import { type InterfacePlace, newTaskEni, taskEniRecord } from './task-interface.ts';

export interface PlacementDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly machines: Machines;
  readonly addresses: Addresses;
  readonly overcommit: Overcommit;
  /** What a role's policies say of clients of file systems. Absent: they are not asked. */
  readonly fileSystemPolicies?: ((roleArn: string) => Promise<RolePolicies>) | undefined;
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

export async function placeTask(entry: Entry<TaskRecord>, deps: PlacementDeps): Promise<PlacementOutcome> {
  const record = entry.value;
  if (deps.machines.facts().length === 0) return { outcome: 'no-machine' };
  const definition = await readDefinition(record, deps.store);
  if (definition === undefined) return { outcome: 'impossible', reason: 'Task failed to start' };
  const network = await readPlacementNetwork(record, deps.store);
  if ('impossible' in network) return { outcome: 'impossible', reason: network.impossible };
  const fileSystemPolicies = await readFileSystemPolicies(record, definition, deps);
  const machineOf = ({ availabilityZone }: SubnetRecord) =>
    chooseMachine(record, availabilityZone, deps.machines.candidates(), deps.overcommit);
  const subnets = network.subnets.map(({ value }) => value).filter((subnet) => machineOf(subnet));
  const [first] = subnets;
  if (first === undefined) return { outcome: 'impossible', reason: CAPACITY };
  const taken = await takeAddresses(record, subnets, deps.addresses);
  if ('lacking' in taken) {
    return { outcome: 'impossible', reason: noInterface(record, first.subnetId, taken.lacking) };
  }
  // Others were placed meanwhile; from the choice to the promise nothing may be waited for.
  const machine = machineOf(taken.subnet);
  if (machine === undefined) {
    await giveBack(record, taken, deps.addresses);
    return { outcome: 'stale' };
  }
  const { machineId } = machine;
  deps.machines.promise(machineId, record.taskId, record);
  const choice = {
    entry,
    definition,
    network,
    fileSystemPolicies,
    place: { vpc: network.vpc, machineId, ...taken },
  };
  return { outcome: (await commit(choice, deps)) ? 'placed' : 'stale' };
}

/** Only of tasks with a volume that asks as their role. */
async function readFileSystemPolicies(
  { overrides }: TaskRecord,
  { taskDefinition }: TaskDefinitionRecord,
  { fileSystemPolicies }: PlacementDeps,
): Promise<RolePolicies | undefined> {
  const role = overrides.taskRoleArn ?? taskDefinition.taskRoleArn ?? '';
  const identifies = taskDefinition.volumes.some(
    ({ efsVolumeConfiguration: efs }) => efs?.authorizationConfig?.iam === 'ENABLED',
  );
  return role === '' || !identifies ? undefined : fileSystemPolicies?.(role);
}

interface TakenAddresses {
  readonly subnet: SubnetRecord;
  readonly address: string;
  readonly publicAddress?: string;
}

/** The addresses of an interface in one of the subnets, or AWS's code for what there is none of. */
async function takeAddresses(
  record: TaskRecord,
  subnets: readonly SubnetRecord[],
  addresses: Addresses,
): Promise<TakenAddresses | { readonly lacking: string }> {
  const taken = await addresses.take(record, subnets);
  if (taken === undefined) return { lacking: 'InsufficientFreeAddressesInSubnet' };
  if (record.networkConfiguration.assignPublicIp !== 'ENABLED') return taken;
  const publicAddress = await addresses.takePublic();
  if (publicAddress !== undefined) return { ...taken, publicAddress };
  await giveBack(record, taken, addresses);
  return { lacking: 'InsufficientAddressCapacity' };
}

interface Choice {
  readonly entry: Entry<TaskRecord>;
  readonly definition: TaskDefinitionRecord;
  readonly network: PlacementNetwork;
  readonly fileSystemPolicies: RolePolicies | undefined;
  readonly place: InterfacePlace;
}

/** False when something has changed meanwhile: then nothing is taken or promised any more. */
async function commit(choice: Choice, deps: PlacementDeps): Promise<boolean> {
  const { conditions, writes } = placementWrites(choice, deps);
  const result = await deps.store.transact(conditions, writes).catch(async (error: unknown) => {
    await withdraw(choice, deps, []);
    throw error;
  });
  if (!result.ok) await withdraw(choice, deps, result.failed);
  return result.ok;
}

async function withdraw(
  { entry: { value: record }, place }: Choice,
  { machines, addresses }: PlacementDeps,
  failed: readonly string[],
): Promise<void> {
  machines.release(place.machineId, record.taskId);
  await giveBack(record, place, addresses, failed);
}

/** What is among the keys is claimed by somebody else, and stays taken. */
async function giveBack(
  record: TaskRecord,
  { subnet, address, publicAddress }: TakenAddresses,
  addresses: Addresses,
  claimed: readonly string[] = [],
): Promise<void> {
  if (!claimed.includes(keys.address(record, subnet.subnetId, address))) {
    await addresses.giveBack(record, subnet.subnetId, address);
  }
  if (publicAddress !== undefined && !claimed.includes(keys.publicAddress(publicAddress))) {
    await addresses.giveBackPublic(publicAddress);
  }
}

function placementWrites(
  { entry, definition, network, fileSystemPolicies, place }: Choice,
  { ids, clock }: PlacementDeps,
): { conditions: Condition[]; writes: Write[] } {
  const record = entry.value;
  const { machineId, publicAddress, subnet, vpc } = place;
  const eni = newTaskEni(record, place, ids);
  const placed: TaskRecord = { ...record, machineId, eni, version: record.version + 1 };
  const made = { record: placed, definition, eni, subnet, vpc, publicAddress };
  const assignment = buildAssignment({ ...made, fileSystemPolicies });
  const assigned: AssignmentRecord = { taskKey: entry.key, assignment };
  const subnetKey = keys.ec2(record, 'subnet', subnet.subnetId);
  const subnetEntry = network.subnets.find(({ key }) => key === subnetKey);
  const addressKey = keys.address(record, eni.subnetId, eni.privateIpv4Address);
  const conditions = [
    { key: entry.key, revision: entry.revision },
    // These may be deleted just now.
    { key: subnetKey, revision: subnetEntry?.revision ?? 0 },
    ...network.conditions,
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

async function readDefinition(record: TaskRecord, store: Store): Promise<TaskDefinitionRecord | undefined> {
  const match = /task-definition\/([^:]+):(\d+)$/.exec(record.taskDefinitionArn);
  if (match === null) return undefined;
  const [, family = '', revision = ''] = match;
  const key = keys.taskDefinition(record, family, Number(revision));
  return (await store.get<TaskDefinitionRecord>(key))?.value;
}
