/**
 * What the operations of CloudWatch Logs act on. A group is `…:log-group:<name>:log-stream:` as policies see it, which end in
 * `:*` for it; operations on tags see it without anything behind its name.
 */
import type {
  CreateLogGroupRequest,
  CreateLogStreamRequest,
  DescribeLogGroupsRequest,
  ListTagsForResourceRequest,
  StartQueryRequest,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import { logGroupArn, type Scope } from '../../domain/arn.ts';
import { requestTagKeys, tagsOf } from '../../domain/iam/tag-keys.ts';
import type { ActedOn, ServicePermissions } from '../../wire/authorization.ts';
import { streamArn } from './resources.ts';

type NamedGroup = {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
};
type NamedStream = NamedGroup & Pick<CreateLogStreamRequest, 'logStreamName'>;

export const LOGS_PERMISSIONS: ServicePermissions = {
  prefix: 'logs',
  rules: {
    CreateLogGroup: ({ tags = {}, ...input }: CreateLogGroupRequest, scope) =>
      onGroup(input, scope, requestTagKeys(tagsOf(tags))),
    DeleteLogGroup: (input: NamedGroup, scope) => onGroup(input, scope),
    DescribeLogGroups: ({ logGroupNamePrefix: logGroupName = '' }: DescribeLogGroupsRequest, scope) =>
      onGroup({ logGroupName }, scope),
    CreateLogStream: (input: NamedStream, scope) => onStream(input, scope),
    DeleteLogStream: (input: NamedStream, scope) => onStream(input, scope),
    DescribeLogStreams: (input: NamedGroup, scope) => onGroup(input, scope),
    PutLogEvents: (input: NamedStream, scope) => onStream(input, scope),
    GetLogEvents: (input: NamedStream, scope) => onStream(input, scope),
    FilterLogEvents: (input: NamedGroup, scope) => onGroup(input, scope),
    PutRetentionPolicy: (input: NamedGroup, scope) => onGroup(input, scope),
    DeleteRetentionPolicy: (input: NamedGroup, scope) => onGroup(input, scope),
    TagResource: ({ resourceArn, tags = {} }: TagResourceRequest) => [
      { arn: resourceArn ?? '', context: requestTagKeys(tagsOf(tags)) },
    ],
    UntagResource: ({ resourceArn, tagKeys = [] }: UntagResourceRequest) => [
      { arn: resourceArn ?? '', context: { 'aws:TagKeys': tagKeys } },
    ],
    ListTagsForResource: ({ resourceArn }: ListTagsForResourceRequest) => [{ arn: resourceArn ?? '' }],
    TagLogGroup: ({ tags = {}, ...input }: TagLogGroupRequest, scope) =>
      onGroup(input, scope, requestTagKeys(tagsOf(tags))),
    UntagLogGroup: ({ tags = [], ...input }: UntagLogGroupRequest, scope) =>
      onGroup(input, scope, { 'aws:TagKeys': tags }),
    ListTagsLogGroup: (input: NamedGroup, scope) => onGroup(input, scope),
    StartQuery: ({ logGroupName, logGroupNames, logGroupIdentifiers }: StartQueryRequest, scope) =>
      (logGroupNames ?? logGroupIdentifiers ?? [logGroupName ?? '']).flatMap((logGroupIdentifier) =>
        onGroup({ logGroupIdentifier }, scope),
      ),
    GetQueryResults: '*',
    GetLogRecord: '*',
    StopQuery: '*',
    DescribeQueries: '*',
  },
};

function onGroup(group: NamedGroup, scope: Scope, context: ActedOn['context'] = {}): ActedOn[] {
  return [{ arn: `${groupArn(group, scope)}:log-stream:`, context }];
}

function onStream({ logStreamName = '', ...group }: NamedStream, scope: Scope): ActedOn[] {
  const { logGroupIdentifier, logGroupName = '' } = group;
  return [
    {
      arn:
        logGroupIdentifier === undefined
          ? streamArn(scope, logGroupName, logStreamName)
          : `${groupArn(group, scope)}:log-stream:${logStreamName}`,
    },
  ];
}

function groupArn(
  { logGroupName, logGroupIdentifier = logGroupName ?? '' }: NamedGroup,
  scope: Scope,
): string {
  if (logGroupIdentifier.startsWith('arn:')) return logGroupIdentifier.replace(/:\*$/, '');
  return logGroupArn(scope, logGroupIdentifier);
}
