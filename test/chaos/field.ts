/** Where the blows fall: an instance on a small disk of its own, with ways before what it needs that can be broken. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { mountDisk, unmountDisk } from '../support/disk/small-disk.ts';
import { pushToEcr } from '../support/ecr/push-to-ecr.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { Scene } from '../support/neargate/scene.ts';
import { FaultyWay } from './faulty-way.ts';
import { NfsWriter } from './nfs-writer.ts';

const DISK_BYTES = 6 * 2 ** 30;
/** Tasks share the machine: what is measured here is not how many there can be. */
const ROOM = ['--cpu-overcommit', '100', '--memory-overcommit', '100', '--disk-overcommit', '1000'];
/** A secret of tasks. */
export const PARAMETER = { name: '/chaos/word', value: 'a-word-that-is-nowhere-else' };
/** A directory of the file system, and whose it is. */
export const POINT = '/point';
const POINT_USER = { uid: 1000, gid: 1000, permissions: '755' };
const CLOCK = fileURLToPath(new URL('shifted-clock.js', import.meta.url));

export class Field {
  readonly scene: Scene;
  readonly fileSystem: SharedFileSystem;
  /** Shows `POINT` of the file system. */
  readonly accessPointId: string;
  readonly nfsWriter: NfsWriter;
  /** The sample image as the instance's own ECR has it. */
  readonly ecrImage: string;
  /** Before the registry of the other images. */
  readonly registryWay: FaultyWay;
  /** A directory with all that is of the field. */
  readonly home: string;
  /** Where the instance's disk is mounted. */
  readonly disk: string;
  /** Holds by how many milliseconds the instance's clocks are off. */
  readonly clockFile: string;

  /** What the control planes said. */
  readonly upLog: string;

  private constructor(parts: Omit<Field, 'close'>) {
    this.scene = parts.scene;
    this.fileSystem = parts.fileSystem;
    this.accessPointId = parts.accessPointId;
    this.nfsWriter = parts.nfsWriter;
    this.ecrImage = parts.ecrImage;
    this.registryWay = parts.registryWay;
    this.home = parts.home;
    this.disk = parts.disk;
    this.clockFile = parts.clockFile;
    this.upLog = parts.upLog;
  }

  /** `flags`: further ones of `up`. */
  static async prepare(flags: readonly string[] = []): Promise<Field> {
    const home = await mkdtemp(join(tmpdir(), 'ngchaos-'));
    const disk = join(home, 'd');
    const clockFile = join(home, 'clock');
    const upLog = join(home, 'up.log');
    const ways: FaultyWay[] = [];
    try {
      await mountDisk(join(home, 'disk.img'), disk, DISK_BYTES);
      await writeFile(clockFile, '0');
      const scene = await Scene.start([...ROOM, ...flags], {
        dataDir: join(disk, 'n'),
        logFile: upLog,
        environment: { NODE_OPTIONS: `--import ${CLOCK}`, CHAOS_CLOCK_FILE: clockFile },
        registryAt: async ({ host }) => {
          ways.push(await FaultyWay.beforePort(Number(host.split(':')[1])));
          return `127.0.0.1:${ways[0]?.port}`;
        },
      });
      const { ssm } = scene.neargate;
      const { name: Name, value: Value } = PARAMETER;
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }));
      const fileSystem = await SharedFileSystem.make(scene.neargate);
      const [subnet] = scene.neargate.info.defaultVpc.subnets;
      const address = await fileSystem.addMountTarget(subnet?.subnetId ?? '');
      const [registryWay] = ways;
      if (registryWay === undefined) throw new Error('no registry');
      return new Field({
        ...{ scene, fileSystem, registryWay, home, disk, clockFile, upLog },
        accessPointId: await fileSystem.addAccessPoint({ ...POINT_USER, root: POINT }),
        nfsWriter: new NfsWriter({ dataDir: scene.neargate.dataDir, fileSystem, address }),
        ecrImage: await pushToEcr(scene.neargate, 'chaos'),
      });
    } catch (error) {
      for (const way of ways) await way.close();
      await unmountDisk(disk);
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** Nothing of it is left afterwards. */
  async close(): Promise<void> {
    try {
      await this.scene.close();
    } finally {
      await this.registryWay.close();
      await unmountDisk(this.disk);
      await rm(this.home, { recursive: true, force: true });
    }
  }
}
