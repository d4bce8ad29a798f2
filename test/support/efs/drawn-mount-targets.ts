/** Changes of file systems and their mount targets, drawn like those of the network that they are part of. */
import type { MountTargetRecord } from '../../../src/domain/efs/records.ts';
import { type EfsKind, keys } from '../../../src/domain/keys.ts';
import type { Change } from '../ec2/drawn-change.ts';
import type { Ec2UnderTest } from '../ec2/ec2-under-test.ts';
import { EFS_SCOPE, EfsUnderTest } from './efs-under-test.ts';

/** One for each EC2. */
const ALL_EFS = new WeakMap<Ec2UnderTest, EfsUnderTest>();

function efsOf(ec2: Ec2UnderTest): EfsUnderTest {
  const known = ALL_EFS.get(ec2) ?? new EfsUnderTest(ec2);
  ALL_EFS.set(ec2, known);
  return known;
}

export async function recordsOfEfs<T>({ store }: Ec2UnderTest, kind: EfsKind): Promise<readonly T[]> {
  return (await store.range<T>({ prefix: keys.efsAll(EFS_SCOPE, kind) })).map(({ value }) => value);
}

const fileSystems = async (ec2: Ec2UnderTest): Promise<readonly string[]> =>
  (await recordsOfEfs<{ fileSystemId: string }>(ec2, 'file-system')).map(({ fileSystemId }) => fileSystemId);

const mountTargets = (ec2: Ec2UnderTest) => recordsOfEfs<MountTargetRecord>(ec2, 'mount-target');

export const MOUNT_TARGET_CHANGES = {
  createFileSystem: (ec2, { one }) =>
    efsOf(ec2).client.createFileSystem({ CreationToken: `token ${one([1, 2, 3])}` }),
  deleteFileSystem: async (ec2, { one }) =>
    efsOf(ec2).client.deleteFileSystem({ FileSystemId: one(await fileSystems(ec2)) }),
  createMountTarget: async (ec2, { one, other }) =>
    efsOf(ec2).client.createMountTarget({
      FileSystemId: one(await fileSystems(ec2)),
      SubnetId: other(await ec2.all('subnet')).subnetId,
    }),
  regroupMountTarget: async (ec2, { one, other }) => {
    const { mountTargetId, vpcId } = one(await mountTargets(ec2));
    const groups = (await ec2.all('security-group')).filter((group) => group.vpcId === vpcId);
    return efsOf(ec2).client.modifyMountTargetSecurityGroups({
      ...{ MountTargetId: mountTargetId, SecurityGroups: [other(groups).groupId] },
    });
  },
  deleteMountTarget: async (ec2, { one }) =>
    efsOf(ec2).client.deleteMountTarget({ MountTargetId: one(await mountTargets(ec2)).mountTargetId }),
} as const satisfies Readonly<Record<string, Change>>;
