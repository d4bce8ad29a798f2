/** What the operations of the Parameter Store act on. */
import type {
  AddTagsToResourceRequest,
  DeleteParametersRequest,
  GetParameterRequest,
  GetParametersByPathRequest,
  GetParametersRequest,
  PutParameterRequest,
  RemoveTagsFromResourceRequest,
} from '@aws-sdk/client-ssm';
import { formatArn, parameterArn, type Scope } from '../../domain/arn.ts';
import { keyedTags, requestTagKeys } from '../../domain/iam/tag-keys.ts';
import type { ActedOn, ServicePermissions } from '../../wire/authorization.ts';

type NamedResource = Pick<AddTagsToResourceRequest, 'ResourceId'>;

export const SSM_PERMISSIONS: ServicePermissions = {
  prefix: 'ssm',
  rules: {
    PutParameter: ({ Name = '', Overwrite = false, Tags = [] }: PutParameterRequest, scope) => [
      {
        ...named(Name, scope),
        context: { 'ssm:Overwrite': String(Overwrite), ...requestTagKeys(keyedTags(Tags)) },
      },
    ],
    GetParameter: onNamed,
    GetParameterHistory: onNamed,
    LabelParameterVersion: onNamed,
    UnlabelParameterVersion: onNamed,
    GetParameters: ({ Names = [] }: GetParametersRequest, scope) => Names.map((name) => named(name, scope)),
    GetParametersByPath: ({ Path = '', Recursive = false }: GetParametersByPathRequest, scope) => [
      { ...named(Path, scope), context: { 'ssm:Recursive': String(Recursive) } },
    ],
    DescribeParameters: (_input: object, scope) => [{ arn: formatArn('ssm', scope, '*') }],
    DeleteParameter: onNamed,
    DeleteParameters: ({ Names = [] }: DeleteParametersRequest, scope) =>
      Names.map((name) => named(name, scope)),
    AddTagsToResource: ({ ResourceId = '', Tags = [] }: AddTagsToResourceRequest, scope) => [
      { ...named(ResourceId, scope), context: requestTagKeys(keyedTags(Tags)) },
    ],
    RemoveTagsFromResource: ({ ResourceId = '', TagKeys = [] }: RemoveTagsFromResourceRequest, scope) => [
      { ...named(ResourceId, scope), context: { 'aws:TagKeys': TagKeys } },
    ],
    ListTagsForResource: ({ ResourceId = '' }: NamedResource, scope) => [named(ResourceId, scope)],
  },
};

function onNamed({ Name = '' }: GetParameterRequest, scope: Scope): ActedOn[] {
  return [named(Name, scope)];
}

/** A name or an ARN; a version or a label behind it does not belong to the parameter's. */
function named(name: string, scope: Scope): ActedOn {
  const [, arn] = /^(arn:(?:[^:]*:){4}[^:]*)/.exec(name) ?? [];
  return { arn: arn ?? parameterArn(scope, name.split(':', 1)[0] ?? '') };
}
