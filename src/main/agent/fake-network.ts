/** The network of `--fake`, in whose VPCs the mount targets of file systems answer: fake tasks mount before they start. */
import type { MountTargets } from '../../agent/file-systems/mount-targets.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { FakeTaskNetwork } from '../../drivers/network-fake/fake-task-network.ts';

const NFS_PORT = 2049;

export class FakeNetworkWithMountTargets extends FakeTaskNetwork {
  readonly #mountTargets: MountTargets;
  readonly #signal: AbortSignal;

  /** Listeners end when the signal fires. */
  constructor(mountTargets: MountTargets, signal: AbortSignal) {
    super();
    this.#mountTargets = mountTargets;
    this.#signal = signal;
  }

  override async applyVpc(vpc: VpcPicture): Promise<void> {
    await super.applyVpc(vpc);
    this.#mountTargets.know(vpc);
    for (const { fileSystemId, mountTargets } of vpc.fileSystems) {
      for (const { eniId, privateIpv4Address } of vpc.interfaces) {
        if (!mountTargets.some((target) => target.eniId === eniId)) continue;
        const target = { vpcId: vpc.vpcId, fileSystemId };
        await this.serveInVpc(
          vpc.vpcId,
          privateIpv4Address,
          NFS_PORT,
          (socket) => void this.#mountTargets.serve(target, socket),
          this.#signal,
        );
      }
    }
  }
}
