/** The agent's puller with a containerd of its own, in this process. */
import type { ImagePuller } from '../../src/agent/images/image-puller.ts';
import { createImagePuller } from '../../src/agent/images/puller.ts';
import { LINUX_AMD64 } from '../../src/domain/oci/platform.ts';
import type { TaskAssignment } from '../../src/domain/task/assignment.ts';
import { ContainerdImageStore } from '../../src/drivers/containerd/images/containerd-image-store.ts';
import { OciRegistry } from '../../src/drivers/registry-oci/oci-registry.ts';
import { systemClock } from '../../src/drivers/system/system-clock.ts';
import {
  type PrivateContainerd,
  SILENT,
  startPrivateContainerd,
} from '../../test/support/containerd/private-containerd.ts';
import { HostDialer } from '../../test/support/registry/host-dialer.ts';
import type { PullSide } from './side.ts';

export class NeargatePullSide implements PullSide {
  readonly name = 'neargate';
  readonly what = "the agent's puller, from the call to its end";
  readonly #containerd: PrivateContainerd;
  readonly #store: ContainerdImageStore;
  readonly #puller: ImagePuller;

  private constructor(containerd: PrivateContainerd) {
    this.#containerd = containerd;
    this.#store = new ContainerdImageStore(containerd);
    const parts = { store: this.#store, clock: systemClock, logger: SILENT, layersPerPull: 4 };
    this.#puller = createImagePuller({ registry: new OciRegistry(), ...parts });
  }

  static async create(): Promise<NeargatePullSide> {
    return new NeargatePullSide(await startPrivateContainerd());
  }

  async pull(reference: string): Promise<void> {
    const assignment = { taskId: 'bench' } as TaskAssignment;
    const request = { reference, assignment, dialer: new HostDialer(), platform: LINUX_AMD64 };
    await this.#puller.pull(request, new AbortController().signal);
  }

  forget(reference: string): Promise<void> {
    return this.#store.remove(reference);
  }

  close(): Promise<void> {
    return this.#containerd.close();
  }
}
