/**
 * Moves task records: places what is new, hands it to its machine, writes down what the machine reports, lets go of
 * what has ended. Each step reads the record anew; any of them may be repeated after a crash.
 *
 * INVARIANTS
 * - A task with a machineId has an assignment until its STOPPED is on record, never after.
 * - The session of a machine is told of a task whenever its record's desiredStatus differs from what was said last.
 */
import type { TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import type { DesiredTask, TaskCredentials, TaskReport } from '../../domain/task/assignment.ts';
import type { AssignmentRecord } from '../../domain/task/assignment-record.ts';
import { endUnplaced, mergeReport } from '../../domain/task/merge-report.ts';
import type { ServerCertificate } from '../../domain/server-certificate.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Entry, Write } from '../../ports/store.ts';
import type { MachineFacts, VpcName } from '../../wire/link-messages.ts';
import type { AgentSession, MachineContent, MachineState, SessionHost } from '../link/agent-session.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import type { VpcPictures } from '../network/vpc-pictures.ts';
import { type PlacementDeps, placeTask } from './placement.ts';
import type { PullBoard } from './pull-board.ts';
import { isTaskKey } from './task-key.ts';

const MAX_REPORT_TRIES = 20;
const NO_MACHINE_PATIENCE_MS = 300_000;
const REMINDERS_APART_MS = 1_000;
const CREDENTIALS_EVERY_MS = 3_600_000;

export interface TaskControllerDeps extends PlacementDeps {
  readonly logger: Logger;
  readonly pictures: VpcPictures;
  readonly pulls: PullBoard;
  /** Mints execution credentials for a task, or undefined where it has no role. */
  readonly mintCredentials: (assigned: AssignmentRecord) => TaskCredentials | undefined;
  /** Gets credentials of a task's own role: none where it has no role, or they cannot be had now. Never rejects. */
  readonly mintRoleCredentials: (assigned: AssignmentRecord) => Promise<TaskCredentials | undefined>;
  /** Mints a machine's credentials for the delivery of an account's flow logs. */
  readonly mintDeliveryCredentials: (machineId: string, account: string) => TaskCredentials;
  /** Makes a certificate for a name that machines serve, or none for any other. */
  readonly certificate: (name: string) => ServerCertificate | undefined;
}

export class TaskController implements SessionHost {
  readonly #deps: TaskControllerDeps;
  readonly #queue: KeyedQueue;
  readonly #signal: AbortSignal;
  /** taskKey → the desired status that the connected session was told. */
  readonly #told = new Map<string, { session: AgentSession; desiredStatus: string }>();
  /** Tasks that wait for a machine. */
  readonly #waiting = new Set<string>();
  #isReminding = false;

  constructor(deps: TaskControllerDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#queue = new KeyedQueue((key) => this.#reconcile(key), { ...deps, signal });
  }

  /** Reads what is promised, looks at every task once, then follows changes until the signal fires. */
  async start(): Promise<void> {
    const { store, machines, clock } = this.#deps;
    const changes = store.watch(keys.resources(), this.#signal);
    const claims = store.watch(keys.publicAddresses(), this.#signal);
    for (const { value } of await store.range<AssignmentRecord>({ prefix: keys.assignments() })) {
      const record = (await store.get<TaskRecord>(value.taskKey))?.value;
      if (record?.machineId !== undefined)
        machines.promise(record.machineId, record.taskId, value.assignment);
    }
    for (const { key } of await store.range({ prefix: keys.resources() })) {
      if (isTaskKey(key)) this.#queue.add(key);
    }
    void this.#follow(changes);
    void this.#followClaims(claims);
    void this.#renewCredentials(clock);
  }

  async #follow(changes: ReturnType<PlacementDeps['store']['watch']>): Promise<void> {
    const { pictures, addresses } = this.#deps;
    for await (const batch of changes) {
      // Before the tasks: what they need to know of their VPC is among it.
      pictures.changed(batch);
      addresses.changed(batch);
      for (const { key, entry } of batch) if (entry !== undefined && isTaskKey(key)) this.#queue.add(key);
    }
  }

  async #followClaims(changes: ReturnType<PlacementDeps['store']['watch']>): Promise<void> {
    for await (const batch of changes) this.#deps.addresses.changed(batch);
  }

  async #renewCredentials(clock: PlacementDeps['clock']): Promise<void> {
    while (!this.#signal.aborted) {
      await clock.sleep(CREDENTIALS_EVERY_MS, this.#signal).catch(() => undefined);
      if (this.#signal.aborted) return;
      for (const { machineId } of this.#deps.machines.facts()) {
        for (const { value } of await this.#assignments(machineId)) {
          const credentials = this.#deps.mintCredentials(value);
          if (credentials !== undefined) {
            this.#deps.machines.session(machineId)?.sendCredentials(value.assignment.taskId, credentials);
          }
        }
      }
    }
  }

  async hello(
    machine: MachineFacts,
    { reports, vpcs }: MachineContent,
    session: AgentSession,
  ): Promise<MachineState> {
    const { machines, pictures, logger } = this.#deps;
    const settledTaskIds: string[] = [];
    for (const report of reports) {
      if ((await this.report(machine.machineId, report)) === 'settled') settledTaskIds.push(report.taskId);
    }
    pictures.connected(session, machine.machineId);
    machines.connected(machine, session)?.close();
    logger.info('control: machine connected', { machineId: machine.machineId, reports: reports.length });
    const tasks: DesiredTask[] = [];
    const needed = [...vpcs];
    for (const { value } of await this.#assignments(machine.machineId)) {
      const record = (await this.#deps.store.get<TaskRecord>(value.taskKey))?.value;
      if (record === undefined || record.lastStatus === 'STOPPED') continue;
      const credentials = this.#deps.mintCredentials(value);
      if (credentials !== undefined) session.sendCredentials(record.taskId, credentials);
      this.#told.set(value.taskKey, { session, desiredStatus: record.desiredStatus });
      tasks.push(desiredTask(record, value));
      needed.push(vpcOf(value));
    }
    for (const key of this.#waiting) this.#queue.add(key);
    return { vpcs: await pictures.hello(session, needed), tasks, settledTaskIds };
  }

  async report(machineId: string, report: TaskReport): Promise<'recorded' | 'settled'> {
    const { store, clock, pulls } = this.#deps;
    pulls.reported(machineId, report);
    for (let tries = 0; tries < MAX_REPORT_TRIES; tries += 1) {
      const assigned = await store.get<AssignmentRecord>(keys.assigned(machineId, report.taskId));
      if (assigned === undefined) return 'settled';
      const entry = await store.get<TaskRecord>(assigned.value.taskKey);
      if (entry === undefined) return this.#forget(assigned.key);
      const next = mergeReport(entry.value, report, clock.now());
      const ended = (next ?? entry.value).lastStatus === 'STOPPED';
      if (next === undefined && !ended) return 'recorded';
      const writes: Write[] = next === undefined ? [] : [{ put: entry.key, value: next }];
      if (ended) writes.push(...releases(entry.value, assigned));
      const result = await store.transact([{ key: entry.key, revision: entry.revision }], writes);
      if (!result.ok) continue;
      if (ended) this.#released(entry);
      return ended ? 'settled' : 'recorded';
    }
    throw new Error(`the record of task ${report.taskId} keeps changing`);
  }

  machineChanged(machine: MachineFacts, session: AgentSession): void {
    this.#deps.machines.changed(machine, session);
  }

  pulling(machineId: string, pull: ImagePull): void {
    this.#deps.pulls.tell(machineId, pull);
  }

  deliveryCredentials(machineId: string, account: string): TaskCredentials {
    return this.#deps.mintDeliveryCredentials(machineId, account);
  }

  certificate(name: string): ServerCertificate | undefined {
    return this.#deps.certificate(name);
  }

  async credentials(machineId: string, taskId: string): Promise<TaskCredentials | undefined> {
    const assigned = await this.#deps.store.get<AssignmentRecord>(keys.assigned(machineId, taskId));
    return assigned === undefined ? undefined : this.#deps.mintCredentials(assigned.value);
  }

  async roleCredentials(machineId: string, taskId: string): Promise<TaskCredentials | undefined> {
    const assigned = await this.#deps.store.get<AssignmentRecord>(keys.assigned(machineId, taskId));
    return assigned === undefined ? undefined : this.#deps.mintRoleCredentials(assigned.value);
  }

  gone(machineId: string, session: AgentSession): void {
    this.#deps.machines.disconnected(machineId, session);
    this.#deps.pictures.gone(session);
    this.#deps.pulls.gone(machineId);
    for (const [key, told] of this.#told) if (told.session === session) this.#told.delete(key);
    this.#deps.logger.info('control: machine disconnected', { machineId });
  }

  async #reconcile(key: string): Promise<void> {
    const entry = await this.#deps.store.get<TaskRecord>(key);
    if (entry === undefined || entry.value.lastStatus === 'STOPPED') {
      this.#waiting.delete(key);
      return;
    }
    if (entry.value.machineId !== undefined) return this.#tell(entry, entry.value.machineId);
    if (entry.value.desiredStatus === 'STOPPED') return this.#end(entry);
    await this.#place(entry);
  }

  async #place(entry: Entry<TaskRecord>): Promise<void> {
    const { clock } = this.#deps;
    const placement = await placeTask(entry, this.#deps);
    if (placement.outcome === 'impossible') {
      return this.#end(entry, placement.reason);
    }
    if (placement.outcome !== 'no-machine') {
      this.#waiting.delete(entry.key);
      return placement.outcome === 'stale' ? this.#queue.add(entry.key) : undefined;
    }
    const patience = entry.value.createdAt + NO_MACHINE_PATIENCE_MS - clock.now();
    if (patience <= 0) {
      return this.#end(entry, 'Timeout waiting for network interface provisioning to complete.');
    }
    this.#waiting.add(entry.key);
    this.#remind(patience);
  }

  /** All that wait are looked at again then: one sleeps for all. */
  #remind(patienceMs: number): void {
    if (this.#isReminding) return;
    this.#isReminding = true;
    this.#deps.clock.sleep(Math.max(patienceMs, REMINDERS_APART_MS), this.#signal).then(
      () => {
        this.#isReminding = false;
        for (const key of this.#waiting) this.#queue.add(key);
      },
      () => undefined,
    );
  }

  async #end(entry: Entry<TaskRecord>, reason?: string): Promise<void> {
    this.#waiting.delete(entry.key);
    const record =
      reason === undefined || entry.value.stopCode !== undefined
        ? entry.value
        : { ...entry.value, stopCode: 'TaskFailedToStart' as const, stoppedReason: reason };
    const ended = endUnplaced(record, this.#deps.clock.now());
    const result = await this.#deps.store.transact(
      [{ key: entry.key, revision: entry.revision }],
      [{ put: entry.key, value: ended }],
    );
    if (!result.ok) this.#queue.add(entry.key);
  }

  async #tell(entry: Entry<TaskRecord>, machineId: string): Promise<void> {
    const session = this.#deps.machines.session(machineId);
    if (session === undefined) return;
    const { desiredStatus, taskId } = entry.value;
    const told = this.#told.get(entry.key);
    if (told?.session === session && told.desiredStatus === desiredStatus) return;
    const assigned = await this.#deps.store.get<AssignmentRecord>(keys.assigned(machineId, taskId));
    if (assigned === undefined) return;
    const { account, region, vpcId } = vpcOf(assigned.value);
    await this.#deps.pictures.told(session, { account, region }, vpcId);
    this.#told.set(entry.key, { session, desiredStatus });
    const credentials = told === undefined ? this.#deps.mintCredentials(assigned.value) : undefined;
    session.sendTask(desiredTask(entry.value, assigned.value), credentials);
  }

  async #forget(assignedKey: string): Promise<'settled'> {
    await this.#deps.store.transact([], [{ delete: assignedKey }]);
    return 'settled';
  }

  #released({ key, value }: Entry<TaskRecord>): void {
    this.#told.delete(key);
    if (value.machineId !== undefined) this.#deps.machines.release(value.machineId, value.taskId);
  }

  #assignments(machineId: string): Promise<Entry<AssignmentRecord>[]> {
    return this.#deps.store.range<AssignmentRecord>({ prefix: keys.assignedTo(machineId) });
  }
}

function desiredTask(record: TaskRecord, { assignment }: AssignmentRecord): DesiredTask {
  if (record.desiredStatus === 'RUNNING') return { assignment, desiredStatus: 'RUNNING' };
  const stop = {
    stopCode: record.stopCode ?? ('UserInitiated' as const),
    reason: record.stoppedReason ?? 'Task stopped by user',
  };
  return { assignment, desiredStatus: 'STOPPED', stop };
}

const vpcOf = ({ assignment: { account, region, eni } }: AssignmentRecord): VpcName => ({
  ...{ account, region, vpcId: eni.vpc.vpcId },
});

/** What the task had goes with its assignment. */
function releases(record: TaskRecord, { key, value }: Entry<AssignmentRecord>): Write[] {
  const { eniId, subnetId, privateIpv4Address, publicIpv4Address } = value.assignment.eni;
  const writes: Write[] = [
    { delete: key },
    { delete: keys.ec2(record, 'eni', eniId) },
    { delete: keys.address(record, subnetId, privateIpv4Address) },
  ];
  if (publicIpv4Address !== undefined) writes.push({ delete: keys.publicAddress(publicIpv4Address) });
  return writes;
}
