/** What the operations of EFS act on: a file system, with its own policy, or an access point. */
import type { CreateFileSystemRequest } from '@aws-sdk/client-efs';
import { accessPointArn, fileSystemArn, parseArn, type Scope } from '../../domain/arn.ts';
import { keyedTags, requestTagKeys, resourceTagKeys, tagsOf } from '../../domain/iam/tag-keys.ts';
import type { ActedOn, ActsOn, PermissionRule, ServicePermissions } from '../../wire/authorization.ts';
import type { EfsParts } from './parts.ts';

/** The members by which requests name what they act on; the first that is there counts. */
interface Named {
  readonly AccessPointId?: string | undefined;
  readonly MountTargetId?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly FileSystemId?: string | undefined;
  readonly SourceFileSystemId?: string | undefined;
  readonly Tags?: Parameters<typeof keyedTags>[0];
  readonly TagKeys?: readonly string[] | undefined;
}

export function efsPermissions({ records }: Pick<EfsParts, 'records'>): ServicePermissions {
  const onFileSystem = async (text: string, scope: Scope): Promise<ActedOn> => {
    const id = text.slice(text.lastIndexOf('/') + 1);
    const found = (await records.entry(scope, 'file-system', id))?.value;
    return {
      arn: text.startsWith('arn:') ? text : fileSystemArn(scope, id),
      policy: found?.policy,
      context: resourceTagKeys(tagsOf(found?.tags)),
    };
  };
  const onAccessPoint = async (text: string, scope: Scope): Promise<ActedOn> => {
    const id = text.slice(text.lastIndexOf('/') + 1);
    const found = (await records.entry(scope, 'access-point', id))?.value;
    return {
      arn: text.startsWith('arn:') ? text : accessPointArn(scope, id),
      context: resourceTagKeys(tagsOf(found?.tags)),
    };
  };
  const onNamed: ActsOn<Named> = async (input, scope) => {
    const acted = await named(input, scope);
    const asked = { ...requestTagKeys(keyedTags(input.Tags)), ...tagKeys(input.TagKeys) };
    return [{ ...acted, context: { ...acted.context, ...asked } }];
  };
  const named = async (input: Named, scope: Scope): Promise<ActedOn> => {
    const { AccessPointId, MountTargetId, ResourceId, SourceFileSystemId } = input;
    const point = AccessPointId ?? (isAccessPoint(ResourceId) ? ResourceId : undefined);
    if (point !== undefined) return onAccessPoint(point, scope);
    // Mount targets have no ARNs: who may do something with one may do it with its file system.
    const target =
      MountTargetId === undefined
        ? undefined
        : (await records.entry(scope, 'mount-target', MountTargetId))?.value.fileSystemId;
    return onFileSystem(target ?? input.FileSystemId ?? ResourceId ?? SourceFileSystemId ?? '*', scope);
  };
  const rules: Record<string, PermissionRule> = Object.fromEntries(
    ON_WHAT_THEY_NAME.map((operation) => [operation, onNamed]),
  );
  return {
    prefix: 'elasticfilesystem',
    rules: {
      ...rules,
      CreateFileSystem: ({ Tags, Encrypted = false }: CreateFileSystemRequest, scope) => [
        {
          arn: fileSystemArn(scope, '*'),
          context: {
            'elasticfilesystem:Encrypted': String(Encrypted),
            ...requestTagKeys(keyedTags(Tags)),
          },
        },
      ],
      PutAccountPreferences: '*',
      DescribeAccountPreferences: '*',
    },
  };
}

const ON_WHAT_THEY_NAME = [
  'DescribeFileSystems',
  'UpdateFileSystem',
  'UpdateFileSystemProtection',
  'DeleteFileSystem',
  'CreateMountTarget',
  'DescribeMountTargets',
  'DescribeMountTargetSecurityGroups',
  'ModifyMountTargetSecurityGroups',
  'DeleteMountTarget',
  'CreateAccessPoint',
  'DescribeAccessPoints',
  'DeleteAccessPoint',
  'PutFileSystemPolicy',
  'DescribeFileSystemPolicy',
  'DeleteFileSystemPolicy',
  'PutLifecycleConfiguration',
  'DescribeLifecycleConfiguration',
  'PutBackupPolicy',
  'DescribeBackupPolicy',
  'CreateReplicationConfiguration',
  'DescribeReplicationConfigurations',
  'DeleteReplicationConfiguration',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
  'CreateTags',
  'DeleteTags',
  'DescribeTags',
] as const;

function isAccessPoint(id: string | undefined): boolean {
  return (
    id !== undefined && (parseArn(id)?.resource ?? id).replace(/^access-point\//, '').startsWith('fsap-')
  );
}

function tagKeys(keys: readonly string[] | undefined): NonNullable<ActedOn['context']> {
  return keys === undefined ? {} : { 'aws:TagKeys': keys };
}
