/** A file system of a real Neargate, made by AWS's SDK: with a mount target in a subnet, and access points. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateAccessPointCommand,
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  DescribeAccessPointsCommand,
  DescribeFileSystemsCommand,
  DescribeMountTargetsCommand,
  type EFSClient,
  PutFileSystemPolicyCommand,
} from '@aws-sdk/client-efs';
import type { EFSVolumeConfiguration, Volume } from '@aws-sdk/client-ecs';
import type { Neargate } from '../neargate/instance.ts';
import { patient, unhurried } from '../../../src/ports/testing/patience.ts';

const PATIENCE_MS = patient(30_000);
const POLL_MS = unhurried(20);

export interface AccessPointUser {
  readonly uid: number;
  readonly gid: number;
  readonly secondaryGids?: readonly number[];
  readonly root: string;
  /** Absent: its root is not made. */
  readonly permissions?: string;
}

export class SharedFileSystem {
  readonly fileSystemId: string;
  readonly #efs: EFSClient;
  readonly #region: string;

  private constructor(efs: EFSClient, fileSystemId: string, region: string) {
    this.#efs = efs;
    this.fileSystemId = fileSystemId;
    this.#region = region;
  }

  /** Without a mount target. */
  static async make({ efs, info }: Neargate): Promise<SharedFileSystem> {
    const { FileSystemId = '' } = await efs.send(new CreateFileSystemCommand({}));
    await available(async () => {
      const { FileSystems } = await efs.send(new DescribeFileSystemsCommand({ FileSystemId }));
      return FileSystems?.[0]?.LifeCycleState;
    });
    return new SharedFileSystem(efs, FileSystemId, info.region);
  }

  get name(): string {
    return `${this.fileSystemId}.efs.${this.#region}.amazonaws.com`;
  }

  /** Resolves with its address. Without groups it has the VPC's default one. */
  async addMountTarget(subnetId: string, groupIds?: string[]): Promise<string> {
    const { MountTargetId, IpAddress = '' } = await this.#efs.send(
      new CreateMountTargetCommand({
        FileSystemId: this.fileSystemId,
        SubnetId: subnetId,
        ...(groupIds !== undefined && { SecurityGroups: groupIds }),
      }),
    );
    await available(async () => {
      const { MountTargets } = await this.#efs.send(new DescribeMountTargetsCommand({ MountTargetId }));
      return MountTargets?.[0]?.LifeCycleState;
    });
    return IpAddress;
  }

  /** Resolves with its id. */
  async addAccessPoint({ uid, gid, secondaryGids, root, permissions }: AccessPointUser): Promise<string> {
    const { AccessPointId = '' } = await this.#efs.send(
      new CreateAccessPointCommand({
        FileSystemId: this.fileSystemId,
        PosixUser: {
          Uid: uid,
          Gid: gid,
          ...(secondaryGids !== undefined && { SecondaryGids: [...secondaryGids] }),
        },
        RootDirectory: {
          Path: root,
          ...(permissions !== undefined && {
            CreationInfo: { OwnerUid: uid, OwnerGid: gid, Permissions: permissions },
          }),
        },
      }),
    );
    await available(async () => {
      const { AccessPoints } = await this.#efs.send(new DescribeAccessPointsCommand({ AccessPointId }));
      return AccessPoints?.[0]?.LifeCycleState;
    });
    return AccessPointId;
  }

  /** One statement that allows everybody to do everything, but for what is given. */
  async putPolicy(statement: object): Promise<void> {
    const everything = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'elasticfilesystem:Client*' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...everything, ...statement }] });
    await this.#efs.send(new PutFileSystemPolicyCommand({ FileSystemId: this.fileSystemId, Policy }));
  }

  /** As a task definition has it. */
  volume(name: string, changes: Partial<EFSVolumeConfiguration> = {}): Volume {
    return { name, efsVolumeConfiguration: { fileSystemId: this.fileSystemId, ...changes } };
  }

  /** By an access point. */
  volumeBy(name: string, accessPointId: string): Volume {
    return this.volume(name, { transitEncryption: 'ENABLED', authorizationConfig: { accessPointId } });
  }
}

async function available(state: () => Promise<string | undefined>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while ((await state()) !== 'available') {
    if (performance.now() > deadline) assert.fail('it does not become available');
    await delay(POLL_MS);
  }
}
