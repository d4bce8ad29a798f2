/** The pulls that are under way on the machines, as these last said. In memory: who connects anew says them again. */
import type { TaskReport } from '../../domain/task/assignment.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';

export class PullBoard {
  /** By machine, then by task and image. */
  readonly #pulls = new Map<string, Map<string, ImagePull>>();

  tell(machineId: string, pull: ImagePull): void {
    const ofMachine = this.#pulls.get(machineId) ?? new Map<string, ImagePull>();
    this.#pulls.set(machineId, ofMachine);
    const key = `${pull.taskArn} ${pull.image}`;
    if (pull.progress.phase === 'done') ofMachine.delete(key);
    else ofMachine.set(key, pull);
  }

  /** A task that runs, or ends, pulls no more. */
  reported(machineId: string, { taskId, status }: TaskReport): void {
    const ofMachine = this.#pulls.get(machineId);
    if (ofMachine === undefined || status === 'PENDING') return;
    for (const [key, { taskArn }] of ofMachine) if (taskArn.endsWith(`/${taskId}`)) ofMachine.delete(key);
  }

  gone(machineId: string): void {
    this.#pulls.delete(machineId);
  }

  all(): ImagePull[] {
    return [...this.#pulls.values()].flatMap((ofMachine) => [...ofMachine.values()]);
  }
}
