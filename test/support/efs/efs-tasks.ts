/** Real tasks that mount volumes of EFS and do nothing else by themselves. */
import assert from 'node:assert/strict';
import type { ContainerDefinition, Task, Volume } from '@aws-sdk/client-ecs';
import { ofTask, takeCensus } from '../neargate/census.ts';
import type { Scene } from '../neargate/scene.ts';

export type RunningTask = Task & { readonly taskArn: string };

export class EfsTasks {
  readonly #scene: Scene;
  readonly #mountPoint: string;

  constructor(scene: Scene, mountPoint: string) {
    this.#scene = scene;
    this.#mountPoint = mountPoint;
  }

  /** A task with a container for each volume, which has the volume's name and sees it at the mount point. */
  async run(volumes: readonly Volume[], over: Partial<ContainerDefinition> = {}): Promise<RunningTask> {
    const containers = volumes.map(({ name = '' }) =>
      this.#scene.container(name, {
        command: ['sleep', '6000'],
        stopTimeout: 2,
        mountPoints: [{ sourceVolume: name, containerPath: this.#mountPoint }],
        ...over,
      }),
    );
    const definition = await this.#scene.register(containers, { volumes: [...volumes] });
    const taskArn = await this.#scene.run(definition);
    return { ...(await this.#scene.until(taskArn, 'RUNNING')), taskArn };
  }

  /** Where one of its containers is. */
  inside({ containers = [] }: Task, name: string): { dataDir: string; runtimeId: string } {
    const runtimeId = containers.find((container) => container.name === name)?.runtimeId;
    const { dataDir } = this.#scene.neargate;
    return { dataDir, runtimeId: runtimeId ?? assert.fail(`no container ${name}`) };
  }

  /** Stops tasks, and asserts that nothing of them is left. */
  async end(...tasks: readonly { readonly taskArn: string }[]): Promise<void> {
    for (const { taskArn } of tasks) await this.#scene.stop(taskArn);
    for (const { taskArn } of tasks) {
      await this.#scene.until(taskArn, 'STOPPED');
      assert.deepEqual(ofTask(await takeCensus(this.#scene.neargate.dataDir), taskArn), []);
    }
  }
}
