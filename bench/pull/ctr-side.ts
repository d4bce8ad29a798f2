/** `ctr image pull` with a containerd of its own. */
import {
  type PrivateContainerd,
  startPrivateContainerd,
} from '../../test/support/containerd/private-containerd.ts';
import { run } from '../launch/processes.ts';
import type { PullSide } from './side.ts';

export class CtrPullSide implements PullSide {
  readonly name = 'ctr image pull';
  readonly what = 'from the start of the command to its end';
  readonly #containerd: PrivateContainerd;

  private constructor(containerd: PrivateContainerd) {
    this.#containerd = containerd;
  }

  static async create(): Promise<CtrPullSide> {
    return new CtrPullSide(await startPrivateContainerd());
  }

  async pull(reference: string): Promise<void> {
    await this.#ctr('image', 'pull', '--plain-http', reference);
  }

  async forget(reference: string): Promise<void> {
    await this.#ctr('image', 'rm', '--sync', reference);
  }

  close(): Promise<void> {
    return this.#containerd.close();
  }

  #ctr(...args: string[]): Promise<string> {
    return run('ctr', ['-a', this.#containerd.managed.paths.socket, '-n', 'bench', ...args]);
  }
}
