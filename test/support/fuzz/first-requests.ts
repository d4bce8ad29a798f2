/**
 * Requests that are right, to begin with: random ones would seldom find all that the larger operations need together, but
 * variations of these do. `$vpc-` stands for the id with that
 * beginning that an answer has told last, `$role:` for such an ARN.
 */

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
});
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
});
const OF_A_RESOURCE = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*' }],
});
const OF_ANYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'secretsmanager:*', Resource: '*' }],
});
const LIFECYCLE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 9 },
      action: { type: 'expire' },
    },
  ],
});
const EMPTY_INDEX = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
});
const TAGS = [{ Key: 'a', Value: 'b' }];
const NOW = Date.now();
const LAST_HOUR = { StartTime: new Date(NOW - 3_600_000), EndTime: new Date(NOW) };
const PERMISSION = { IpProtocol: 'tcp', FromPort: 80, ToPort: 90, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };

/** In their order: service, operation, input. */
export const FIRST_REQUESTS: readonly (readonly [service: string, operation: string, input: object])[] = [
  ['ecs', 'CreateCluster', { clusterName: 'default' }],
  [
    'ecs',
    'RegisterTaskDefinition',
    {
      family: 'app',
      ...{ cpu: '256', memory: '512', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] },
      containerDefinitions: [
        {
          ...{ name: 'main', image: 'busybox', essential: true },
          command: ['sleep', '1'],
          environment: [{ name: 'A', value: 'b' }],
          portMappings: [{ containerPort: 80 }],
          healthCheck: { command: ['CMD-SHELL', 'true'], interval: 5 },
        },
      ],
      volumes: [{ name: 'v' }],
    },
  ],
  ['ec2', 'DescribeSubnets', {}],
  ['ec2', 'DescribeSecurityGroups', {}],
  [
    'ecs',
    'RunTask',
    {
      ...{ cluster: 'default', taskDefinition: 'app', launchType: 'FARGATE', count: 1 },
      networkConfiguration: { awsvpcConfiguration: { subnets: ['$subnet-'], assignPublicIp: 'ENABLED' } },
    },
  ],
  ['ecs', 'DescribeTasks', { tasks: ['$task:'] }],
  ['ecs', 'UpdateTaskProtection', { cluster: 'default', tasks: ['$task:'], protectionEnabled: true }],
  ['ecs', 'GetTaskProtection', { cluster: 'default', tasks: ['$task:'] }],
  ['ec2', 'DescribeNetworkInterfaces', {}],
  ['ec2', 'DescribeNetworkInterfaceAttribute', { NetworkInterfaceId: '$eni-', Attribute: 'description' }],
  ['ecs', 'TagResource', { resourceArn: '$task:', tags: [{ key: 'a', value: 'b' }] }],
  ['ecs', 'ListTagsForResource', { resourceArn: '$task:' }],
  ['ecs', 'StopTask', { cluster: 'default', task: '$task:' }],
  ['ecs', 'PutAccountSetting', { name: 'containerInsights', value: 'enabled' }],
  ['ecs', 'PutAccountSettingDefault', { name: 'containerInsights', value: 'enhanced' }],
  [
    'ecs',
    'UpdateClusterSettings',
    { cluster: 'default', settings: [{ name: 'containerInsights', value: 'enabled' }] },
  ],
  [
    'ecs',
    'PutClusterCapacityProviders',
    {
      ...{ cluster: 'default', capacityProviders: ['FARGATE'] },
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
    },
  ],
  ['ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }],
  ['ec2', 'CreateSubnet', { VpcId: '$vpc-', CidrBlock: '10.0.1.0/24' }],
  ['ec2', 'CreateRouteTable', { VpcId: '$vpc-' }],
  ['ec2', 'AssociateRouteTable', { RouteTableId: '$rtb-', SubnetId: '$subnet-' }],
  ['ec2', 'CreateInternetGateway', {}],
  ['ec2', 'ModifyVpcAttribute', { VpcId: '$vpc-', EnableDnsHostnames: { Value: true } }],
  ['ec2', 'AttachInternetGateway', { InternetGatewayId: '$igw-', VpcId: '$vpc-' }],
  ['ec2', 'CreateRoute', { RouteTableId: '$rtb-', DestinationCidrBlock: '0.0.0.0/0', GatewayId: '$igw-' }],
  ['ec2', 'ReplaceRoute', { RouteTableId: '$rtb-', DestinationCidrBlock: '0.0.0.0/0', GatewayId: '$igw-' }],
  ['ec2', 'DeleteRoute', { RouteTableId: '$rtb-', DestinationCidrBlock: '0.0.0.0/0' }],
  ['ec2', 'ReplaceRouteTableAssociation', { AssociationId: '$rtbassoc-', RouteTableId: '$rtb-' }],
  ['ec2', 'DisassociateRouteTable', { AssociationId: '$rtbassoc-' }],
  ['ec2', 'CreateSecurityGroup', { GroupName: 'app', Description: 'app', VpcId: '$vpc-' }],
  ['ec2', 'AuthorizeSecurityGroupIngress', { GroupId: '$sg-', IpPermissions: [PERMISSION] }],
  ['ec2', 'UpdateSecurityGroupRuleDescriptionsIngress', { GroupId: '$sg-', IpPermissions: [PERMISSION] }],
  [
    'ec2',
    'ModifySecurityGroupRules',
    {
      GroupId: '$sg-',
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: '$sgr-',
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 80, ToPort: 90, CidrIpv4: '10.0.0.0/8' },
        },
      ],
    },
  ],
  ['ec2', 'RevokeSecurityGroupIngress', { GroupId: '$sg-', IpPermissions: [PERMISSION] }],
  ['ec2', 'AuthorizeSecurityGroupEgress', { GroupId: '$sg-', IpPermissions: [PERMISSION] }],
  ['ec2', 'UpdateSecurityGroupRuleDescriptionsEgress', { GroupId: '$sg-', IpPermissions: [PERMISSION] }],
  ['ec2', 'RevokeSecurityGroupEgress', { GroupId: '$sg-', IpPermissions: [PERMISSION] }],
  ['ec2', 'AllocateAddress', { Domain: 'vpc' }],
  ['ec2', 'CreateNatGateway', { SubnetId: '$subnet-', AllocationId: '$eipalloc-' }],
  ['ec2', 'DeleteNatGateway', { NatGatewayId: '$nat-' }],
  [
    'ec2',
    'CreateVpcEndpoint',
    {
      ...{ VpcId: '$vpc-', ServiceName: 'com.amazonaws.us-east-1.logs', VpcEndpointType: 'Interface' },
      SubnetIds: ['$subnet-'],
    },
  ],
  ['ec2', 'ModifyVpcEndpoint', { VpcEndpointId: '$vpce-', AddSecurityGroupIds: ['$sg-'] }],
  ['logs', 'CreateLogGroup', { logGroupName: '/a' }],
  [
    'ec2',
    'CreateFlowLogs',
    {
      ...{ ResourceIds: ['$vpc-'], ResourceType: 'VPC', TrafficType: 'ALL', LogGroupName: '/a' },
      DeliverLogsPermissionArn: 'arn:aws:iam::000000000000:role/logs',
    },
  ],
  ['ec2', 'CreateTags', { Resources: ['$vpc-'], Tags: TAGS }],
  ['ec2', 'DeleteTags', { Resources: ['$vpc-'], Tags: TAGS }],
  ['ec2', 'DescribeVpcAttribute', { VpcId: '$vpc-', Attribute: 'enableDnsSupport' }],
  ['ec2', 'ModifyVpcAttribute', { VpcId: '$vpc-', EnableDnsSupport: { Value: true } }],
  ['ec2', 'ModifySubnetAttribute', { SubnetId: '$subnet-', MapPublicIpOnLaunch: { Value: true } }],
  ['ec2', 'CreateManagedPrefixList', { PrefixListName: 'app', MaxEntries: 5, AddressFamily: 'IPv4' }],
  ['logs', 'CreateLogStream', { logGroupName: '/a', logStreamName: 's' }],
  [
    'logs',
    'PutLogEvents',
    { logGroupName: '/a', logStreamName: 's', logEvents: [{ timestamp: NOW, message: 'm' }] },
  ],
  ['logs', 'PutRetentionPolicy', { logGroupName: '/a', retentionInDays: 7 }],
  ['logs', 'GetLogEvents', { logGroupName: '/a', logStreamName: 's' }],
  ['logs', 'FilterLogEvents', { logGroupName: '/a', filterPattern: '{ $.a = 1 && $.b = "x*" }' }],
  [
    'logs',
    'StartQuery',
    { logGroupName: '/a', queryString: 'fields @message', startTime: 0, endTime: Math.floor(NOW / 1000) },
  ],
  ['logs', 'GetQueryResults', { queryId: '$query' }],
  ['ecr', 'CreateRepository', { repositoryName: 'app' }],
  ['ecr', 'PutImage', { repositoryName: 'app', imageManifest: EMPTY_INDEX, imageTag: 'a' }],
  ['ecr', 'SetRepositoryPolicy', { repositoryName: 'app', policyText: OF_A_RESOURCE }],
  ['ecr', 'GetRepositoryPolicy', { repositoryName: 'app' }],
  ['ecr', 'PutLifecyclePolicy', { repositoryName: 'app', lifecyclePolicyText: LIFECYCLE }],
  ['ecr', 'GetLifecyclePolicy', { repositoryName: 'app' }],
  ['ecr', 'TagResource', { resourceArn: '$repository:', tags: TAGS }],
  ['ecr', 'ListTagsForResource', { resourceArn: '$repository:' }],
  ['iam', 'CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: TRUST }],
  ['iam', 'PutRolePolicy', { RoleName: 'app', PolicyName: 'app', PolicyDocument: POLICY }],
  ['iam', 'CreatePolicy', { PolicyName: 'app', PolicyDocument: POLICY }],
  ['iam', 'CreatePolicyVersion', { PolicyArn: '$policy:', PolicyDocument: POLICY }],
  ['iam', 'GetPolicyVersion', { PolicyArn: '$policy:', VersionId: 'v2' }],
  ['iam', 'DeletePolicyVersion', { PolicyArn: '$policy:', VersionId: 'v2' }],
  ['iam', 'UpdateAssumeRolePolicy', { RoleName: 'app', PolicyDocument: TRUST }],
  ['iam', 'CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' }],
  ['iam', 'AttachRolePolicy', { RoleName: 'app', PolicyArn: '$policy:' }],
  ['sts', 'AssumeRole', { RoleArn: '$role:', RoleSessionName: 'me' }],
  ['secretsmanager', 'CreateSecret', { Name: 'app', SecretString: '{"a":"b"}' }],
  ['secretsmanager', 'PutSecretValue', { SecretId: 'app', SecretString: 'b' }],
  ['secretsmanager', 'GetSecretValue', { SecretId: 'app' }],
  ['secretsmanager', 'PutResourcePolicy', { SecretId: 'app', ResourcePolicy: OF_ANYTHING }],
  ['ssm', 'PutParameter', { Name: '/a/b', Value: 'c', Type: 'SecureString' }],
  ['ssm', 'LabelParameterVersion', { Name: '/a/b', Labels: ['x'] }],
  ['ssm', 'UnlabelParameterVersion', { Name: '/a/b', ParameterVersion: 1, Labels: ['x'] }],
  ['ssm', 'GetParametersByPath', { Path: '/a', Recursive: true }],
  ['ssm', 'AddTagsToResource', { ResourceType: 'Parameter', ResourceId: '/a/b', Tags: TAGS }],
  ['ssm', 'ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/a/b' }],
  [
    'monitoring',
    'PutMetricData',
    {
      Namespace: 'Own',
      MetricData: [{ MetricName: 'Requests', Value: 1, Dimensions: [{ Name: 'a', Value: 'b' }] }],
    },
  ],
  [
    'monitoring',
    'GetMetricData',
    {
      ...LAST_HOUR,
      MetricDataQueries: [
        {
          Id: 'm',
          MetricStat: { Metric: { Namespace: 'Own', MetricName: 'Requests' }, Period: 60, Stat: 'p99' },
        },
        { Id: 'e', Expression: 'SUM(METRICS())/(m+1)' },
      ],
    },
  ],
  [
    'monitoring',
    'GetMetricStatistics',
    {
      ...{ Namespace: 'Own', MetricName: 'Requests', Period: 60, Statistics: ['Sum'] },
      ...LAST_HOUR,
    },
  ],
  ['elasticfilesystem', 'CreateFileSystem', { CreationToken: 'app' }],
  [
    'elasticfilesystem',
    'CreateAccessPoint',
    {
      ...{ ClientToken: 'app', FileSystemId: '$fs-', PosixUser: { Uid: 1, Gid: 1 } },
      RootDirectory: { Path: '/a', CreationInfo: { OwnerUid: 1, OwnerGid: 1, Permissions: '755' } },
    },
  ],
  ['elasticfilesystem', 'CreateMountTarget', { FileSystemId: '$fs-', SubnetId: '$subnet-' }],
  ['elasticfilesystem', 'PutFileSystemPolicy', { FileSystemId: '$fs-', Policy: OF_A_RESOURCE }],
  ['elasticfilesystem', 'PutBackupPolicy', { FileSystemId: '$fs-', BackupPolicy: { Status: 'DISABLED' } }],
  [
    'elasticfilesystem',
    'PutLifecycleConfiguration',
    { FileSystemId: '$fs-', LifecyclePolicies: [{ TransitionToIA: 'AFTER_30_DAYS' }] },
  ],
  ['elasticfilesystem', 'TagResource', { ResourceId: '$fs-', Tags: TAGS }],
  ['elasticfilesystem', 'ListTagsForResource', { ResourceId: '$fs-' }],
  ['elasticfilesystem', 'UntagResource', { ResourceId: '$fs-', TagKeys: ['a'] }],
];
