/**
 * File systems that NFS-Ganesha serves at a mount target in a task's namespace, and the driver with the kernel's own
 * client. Ends of the agent are played by another driver and another listener.
 */
import { join } from 'node:path';
import { silentLogger } from '../../../../test/support/agent/silent-logger.ts';
import { NfsScene } from '../../../../test/support/nfs/nfs-scene.ts';
import { pictureWithFileSystem } from '../../../../test/support/efs/file-system-picture.ts';
import { MountTargets } from '../../../agent/file-systems/mount-targets.ts';
import type { AccessPointPicture, VpcPicture } from '../../../domain/network/vpc.ts';
import { systemClock } from '../../system/system-clock.ts';
import type { NfsFileSystemMounts } from '../nfs-file-system-mounts.ts';
import { MountScene } from './mount-scene.ts';

const VPC = { vpcId: 'vpc-1', cidr: '10.7.0.0/16', routedFromHost: false };
const PROGRAM = [process.execPath, join(import.meta.dirname, '../mount-program.js')];

export interface Agent {
  readonly driver: NfsFileSystemMounts;
  /** Ends both, as the process does. */
  end(): Promise<void>;
}

export class KernelScene {
  readonly mounts: MountScene;
  readonly nfs: NfsScene;
  readonly #accessPoints = new Map<string, AccessPointPicture>();
  readonly #fileSystemId: string;
  #agent: { readonly targets: MountTargets } | undefined;

  private constructor(mounts: MountScene, nfs: NfsScene, fileSystemId: string) {
    this.mounts = mounts;
    this.nfs = nfs;
    this.#fileSystemId = fileSystemId;
  }

  static async make(fileSystemId: string): Promise<KernelScene> {
    const nfs = await NfsScene.start();
    await nfs.makeFileSystem(fileSystemId);
    return new KernelScene(await MountScene.make(), nfs, fileSystemId);
  }

  /** The file system now has this access point, too. */
  know(accessPoint: AccessPointPicture | undefined): void {
    if (accessPoint !== undefined) this.#accessPoints.set(accessPoint.accessPointId, accessPoint);
    this.#agent?.targets.know(this.#picture());
  }

  /** What an agent has of it: the mounts, and who answers at the mount target. */
  async startAgent(): Promise<Agent> {
    const life = new AbortController();
    const { mounts, nfs } = this;
    const targets = new MountTargets(
      {
        ...{ servers: nfs.restart(), views: nfs.views, grants: mounts.grants, dnsSuffix: 'amazonaws.com' },
        certificate: async (name) => mounts.authority.forName(name),
        ...{ clock: systemClock, logger: silentLogger },
      },
      life.signal,
    );
    this.#agent = { targets };
    targets.know(this.#picture());
    const target = { vpcId: VPC.vpcId, fileSystemId: this.#fileSystemId };
    const listener = await mounts.serve((socket) => void targets.serve(target, socket));
    const driver = mounts.driver({ mountProgram: PROGRAM, attemptMs: 60_000 });
    await driver.start();
    return {
      driver,
      async end() {
        await mounts.end(driver);
        life.abort();
        listener.close();
      },
    };
  }

  async close(): Promise<void> {
    await this.mounts.close({ mountProgram: PROGRAM });
    await this.nfs.close();
  }

  #picture(): VpcPicture {
    return pictureWithFileSystem(VPC, {
      fileSystemId: this.#fileSystemId,
      accessPoints: [...this.#accessPoints.values()],
    });
  }
}
