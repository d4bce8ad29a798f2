/**
 * The tasks' credentials, in memory only. Those who need them wait here while the control plane is asked for new ones.
 */
import { AppError } from '../domain/errors.ts';
import type { TaskCredentials } from '../domain/task/assignment.ts';
import type { Clock } from '../ports/clock.ts';
import { withDeadline } from './waiting.ts';

/** Nearer than this to their end they are asked for anew. */
const RENEW_BEFORE_MS = 5 * 60_000;
const WAIT_MS = 15_000;

export interface CredentialsBookDeps {
  readonly clock: Clock;
  /** Asks the control plane for a task's credentials. */
  readonly onNeeded: (taskId: string) => void;
}

export class CredentialsBook {
  readonly #deps: CredentialsBookDeps;
  readonly #known = new Map<string, TaskCredentials>();
  readonly #waiting = new Map<string, ((credentials: TaskCredentials) => void)[]>();

  constructor(deps: CredentialsBookDeps) {
    this.#deps = deps;
  }

  set(taskId: string, credentials: TaskCredentials): void {
    this.#known.set(taskId, credentials);
    for (const resolve of this.#waiting.get(taskId) ?? []) resolve(credentials);
    this.#waiting.delete(taskId);
  }

  /** Credentials that are valid now. Rejects with `deadline` when none came in time, `aborted` by the signal. */
  async get(taskId: string, signal: AbortSignal): Promise<TaskCredentials> {
    const known = this.#known.get(taskId);
    const leftMs = (known?.expiresAt ?? 0) - this.#deps.clock.now();
    if (leftMs < RENEW_BEFORE_MS) this.#deps.onNeeded(taskId);
    if (known !== undefined && leftMs > 0) return known;
    return withDeadline(this.#deps.clock, WAIT_MS, signal, () => this.#next(taskId)).catch(
      (error: unknown) => {
        throw new AppError('deadline', 'unable to find execution role credentials', { cause: error });
      },
    );
  }

  forget(taskId: string): void {
    this.#known.delete(taskId);
    this.#waiting.delete(taskId);
  }

  #next(taskId: string): Promise<TaskCredentials> {
    return new Promise((resolve) => {
      this.#waiting.set(taskId, [...(this.#waiting.get(taskId) ?? []), resolve]);
    });
  }
}
