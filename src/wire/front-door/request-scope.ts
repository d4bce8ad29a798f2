/** What a handler sees of its request. The signal is made only for handlers that ask for it. */
import type { Scope } from '../../domain/arn.ts';
import type { Arrival } from '../authorization.ts';
import type { RequestContext } from '../service.ts';
import type { SessionLimits } from '../sigv4/credentials.ts';
import type { Caller } from '../sigv4/verify.ts';

/** Tells when the caller has gone away or the front door closes. Calls back at most once. */
export type WatchEnd = (ended: () => void) => void;

/** What the front door knows of a request beside its content. */
export interface Exchange {
  readonly requestId: string;
  readonly watchEnd: WatchEnd;
  readonly arrival: Arrival;
}

export class RequestScope implements RequestContext {
  readonly scope: Scope;
  readonly principalArn: string;
  readonly limits?: SessionLimits;
  readonly requestId: string;
  readonly arrival: Arrival;
  readonly #watchEnd: WatchEnd;
  #signal: AbortSignal | undefined;

  constructor(caller: Caller, { requestId, watchEnd, arrival }: Exchange) {
    this.scope = { account: caller.account, region: caller.region };
    this.principalArn = caller.principalArn;
    if (caller.limits !== undefined) this.limits = caller.limits;
    this.requestId = requestId;
    this.arrival = arrival;
    this.#watchEnd = watchEnd;
  }

  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal;
    const controller = new AbortController();
    this.#signal = controller.signal;
    this.#watchEnd(() => controller.abort());
    return this.#signal;
  }
}
