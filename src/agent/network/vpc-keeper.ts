/**
 * The VPCs of this machine: keeps the newest picture of each on record and makes the kernel what it says. Failures are
 * tried again with growing delay; a VPC that was deleted goes when the last interface has left it.
 *
 * INVARIANTS
 * - A picture is on record before anything is done for it.
 * - One thing at a time is done for a VPC, always by the newest picture.
 * - What is in the kernel without being on record is removed.
 */
import { AppError, hasKind } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { VpcName } from '../../wire/link-messages.ts';
import type { LinkedVpcs } from '../link/link-client.ts';
import { withDeadline } from '../waiting.ts';

const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 5_000;
/** A task's picture comes before the task, so this long means that something is broken. */
const READY_WITHIN_MS = 10_000;
/** More, while the kernel is at its first picture of a VPC: modules are loaded, processors are slow or busy. */
const MADE_WITHIN_MS = 60_000;

/** What tasks ask for. */
export interface TaskVpcs {
  /** Resolves when the kernel is what the newest picture says. Rejects when it cannot be made so. */
  ready(vpcId: string, signal: AbortSignal): Promise<void>;
  /** The newest picture, whether the kernel is like it or not; undefined for a VPC that is unknown, or is to go. */
  picture(vpcId: string): VpcPicture | undefined;
  /** An interface is gone: a VPC that was deleted may go now. */
  interfaceGone(): void;
}

export interface VpcKeeperDeps {
  readonly store: Store;
  readonly network: Pick<TaskNetwork, 'applyVpc' | 'removeVpc' | 'listVpcs'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Slot {
  /** Undefined: it is to go. */
  wanted: VpcPicture | undefined;
  applied: VpcPicture | undefined;
  /** Of the last try, if that was for what is wanted. */
  failure?: unknown;
  wasTried: boolean;
  isWorking: boolean;
  /** Something has happened since the present try began. */
  again: boolean;
  /** Ends the wait between two tries. */
  hurry: () => void;
}

export class VpcKeeper implements TaskVpcs, LinkedVpcs {
  readonly #deps: VpcKeeperDeps;
  readonly #signal: AbortSignal;
  readonly #slots = new Map<string, Slot>();
  /** Woken after every try. */
  #waiting: (() => void)[] = [];

  /** Works until the signal fires. */
  constructor(deps: VpcKeeperDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Applies what is on record, removes what is not. Resolves when each was tried once. */
  async start(): Promise<void> {
    const { store, network } = this.#deps;
    for (const { value } of await store.range<VpcPicture>({ prefix: keys.agentVpcs() })) {
      this.#want(value.vpcId, value);
    }
    for (const vpcId of await network.listVpcs()) {
      if (!this.#slots.has(vpcId)) this.#want(vpcId, undefined);
    }
    while ([...this.#slots.values()].some(({ wasTried }) => !wasTried)) await this.#nextTry();
  }

  async setAll(vpcs: readonly VpcPicture[]): Promise<void> {
    const kept = new Set(vpcs.map(({ vpcId }) => vpcId));
    const gone = this.known().filter(({ vpcId }) => !kept.has(vpcId));
    const puts = vpcs.map((vpc) => ({ put: keys.agentVpc(vpc.vpcId), value: vpc }));
    const deletes = gone.map(({ vpcId }) => ({ delete: keys.agentVpc(vpcId) }));
    await this.#deps.store.transact([], [...puts, ...deletes]);
    for (const vpc of vpcs) this.#want(vpc.vpcId, vpc);
    for (const { vpcId } of gone) this.#want(vpcId, undefined);
  }

  async put(vpc: VpcPicture): Promise<void> {
    await this.#deps.store.transact([], [{ put: keys.agentVpc(vpc.vpcId), value: vpc }]);
    this.#want(vpc.vpcId, vpc);
  }

  async remove(vpcId: string): Promise<void> {
    await this.#deps.store.transact([], [{ delete: keys.agentVpc(vpcId) }]);
    this.#want(vpcId, undefined);
  }

  known(): readonly VpcName[] {
    return [...this.#slots.values()].flatMap(({ wanted }) => {
      if (wanted === undefined) return [];
      const { account, region, vpcId } = wanted;
      return [{ account, region, vpcId }];
    });
  }

  async ready(vpcId: string, signal: AbortSignal): Promise<void> {
    if (this.#isApplied(vpcId)) return;
    if (await this.#isAppliedWithin(READY_WITHIN_MS, vpcId, signal)) return;
    const slot = this.#slots.get(vpcId);
    if (slot?.wanted === undefined) throw new AppError('unavailable', `nothing is known of ${vpcId}`);
    const isBeingMade = slot.failure === undefined && slot.applied === undefined;
    if (isBeingMade && (await this.#isAppliedWithin(MADE_WITHIN_MS - READY_WITHIN_MS, vpcId, signal))) return;
    throw slot.failure ?? new AppError('unavailable', `${vpcId} is not made in time`);
  }

  picture(vpcId: string): VpcPicture | undefined {
    return this.#slots.get(vpcId)?.wanted;
  }

  interfaceGone(): void {
    for (const [vpcId, { wanted }] of this.#slots) if (wanted === undefined) this.#want(vpcId, undefined);
  }

  #isApplied(vpcId: string): boolean {
    const slot = this.#slots.get(vpcId);
    return slot?.wanted !== undefined && slot.applied === slot.wanted;
  }

  async #isAppliedWithin(ms: number, vpcId: string, signal: AbortSignal): Promise<boolean> {
    try {
      await withDeadline(this.#deps.clock, ms, signal, (inner) => this.#untilApplied(vpcId, inner));
      return true;
    } catch (error) {
      if (hasKind(error, 'deadline')) return false;
      throw error;
    }
  }

  /** Rejects at once with what another try can hardly mend. */
  async #untilApplied(vpcId: string, signal: AbortSignal): Promise<void> {
    while (!this.#isApplied(vpcId) && !signal.aborted) {
      const failure = this.#slots.get(vpcId)?.failure;
      if (hasKind(failure, 'invalid')) throw failure;
      await this.#nextTry();
    }
  }

  #nextTry(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #want(vpcId: string, wanted: VpcPicture | undefined): void {
    const slot = this.#slots.get(vpcId) ?? newSlot();
    this.#slots.set(vpcId, slot);
    slot.wanted = wanted;
    slot.failure = undefined;
    slot.again = true;
    slot.hurry();
    if (!slot.isWorking) void this.#work(vpcId, slot);
  }

  async #work(vpcId: string, slot: Slot): Promise<void> {
    slot.isWorking = true;
    let delayMs = FIRST_DELAY_MS;
    while (!this.#signal.aborted) {
      const isDone = await this.#try(vpcId, slot);
      for (const wake of this.#waiting.splice(0)) wake();
      if (slot.again) continue;
      if (isDone) break;
      this.#deps.logger.error('agent: cannot make a VPC what it is to be, will try again', {
        ...{ vpcId, error: slot.failure, delayMs },
      });
      await this.#pause(slot, delayMs);
      delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
    }
    slot.isWorking = false;
    if (slot.wanted === undefined && slot.failure === undefined) this.#slots.delete(vpcId);
  }

  /** Resolves true when there is nothing to do until something happens. */
  async #try(vpcId: string, slot: Slot): Promise<boolean> {
    const { wanted } = slot;
    slot.again = false;
    let failure: unknown;
    try {
      if (wanted === undefined) await this.#deps.network.removeVpc(vpcId);
      else await this.#deps.network.applyVpc(wanted);
      slot.applied = wanted;
    } catch (error) {
      failure = error;
    }
    slot.wasTried = true;
    if (slot.wanted === wanted) slot.failure = failure;
    // Interfaces are left in it: the last one's end says so.
    const isInUse = wanted === undefined && hasKind(failure, 'failed-precondition');
    return failure === undefined || isInUse;
  }

  async #pause(slot: Slot, delayMs: number): Promise<void> {
    const wake = new AbortController();
    slot.hurry = () => wake.abort();
    const signal = AbortSignal.any([wake.signal, this.#signal]);
    await this.#deps.clock.sleep(delayMs, signal).catch(() => undefined);
    slot.hurry = () => undefined;
  }
}

function newSlot(): Slot {
  return {
    wanted: undefined,
    applied: undefined,
    wasTried: false,
    isWorking: false,
    again: false,
    hurry: () => undefined,
  };
}
