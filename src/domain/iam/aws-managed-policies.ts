/**
 * AWS managed policies that are here in every account: those that tasks and their owners use. They allow what AWS's
 * own allow, as far as it is about services that are here; ReadOnlyAccess and AmazonECS_FullAccess are much longer there.
 */

import { ECS_MANAGED_POLICIES } from './ecs-managed-policies.ts';
import { allow, type GivenPolicy } from './managed-policy-form.ts';

export interface AwsManagedPolicy {
  readonly policyName: string;
  readonly arn: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly versionId: string;
  /** JSON. */
  readonly document: string;
}

const XRAY_WRITE =
  'xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets xray:GetSamplingStatisticSummaries';
const ECR_READ =
  'ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:GetRepositoryPolicy ecr:DescribeRepositories ecr:ListImages ecr:DescribeImages ecr:BatchGetImage ecr:GetLifecyclePolicy ecr:GetLifecyclePolicyPreview ecr:ListTagsForResource ecr:DescribeImageScanFindings';
const ECR_WRITE = 'ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage';

const GIVEN: Readonly<Record<string, GivenPolicy>> = {
  AdministratorAccess: { statements: [allow('*')] },
  PowerUserAccess: {
    versionId: 'v12',
    statements: [
      { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
      allow(
        'account:GetAccountInformation account:GetGovCloudAccountInformation account:GetPrimaryEmail account:ListRegions iam:CreateServiceLinkedRole iam:DeleteServiceLinkedRole iam:ListRoles organizations:DescribeEffectivePolicy organizations:DescribeOrganization',
      ),
    ],
  },
  ReadOnlyAccess: {
    statements: [
      allow(
        'cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* ec2:Describe* ec2:Get* ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:Describe* ecr:Get* ecr:List* ecs:Describe* ecs:Get* ecs:List* elasticfilesystem:Describe* elasticfilesystem:List* iam:Get* iam:List* logs:Describe* logs:FilterLogEvents logs:Get* logs:List* logs:StartQuery logs:StopQuery s3:Get* s3:List* secretsmanager:DescribeSecret secretsmanager:GetResourcePolicy secretsmanager:List* ssm:Describe* ssm:Get* ssm:List* sts:GetCallerIdentity',
      ),
    ],
  },
  ...ECS_MANAGED_POLICIES,
  AmazonEC2ContainerRegistryReadOnly: { versionId: 'v3', statements: [allow(ECR_READ)] },
  AmazonEC2ContainerRegistryPowerUser: { versionId: 'v3', statements: [allow(`${ECR_READ} ${ECR_WRITE}`)] },
  AmazonEC2ContainerRegistryFullAccess: {
    versionId: 'v3',
    statements: [allow('ecr:* cloudtrail:LookupEvents')],
  },
  AmazonSSMReadOnlyAccess: { statements: [allow('ssm:Describe* ssm:Get* ssm:List*')] },
  AmazonSSMFullAccess: {
    versionId: 'v4',
    statements: [
      allow(
        'cloudwatch:PutMetricData ds:CreateComputer ds:DescribeDirectories ec2:DescribeInstanceStatus logs:* ssm:* ec2messages:*',
      ),
    ],
  },
  AmazonSSMManagedInstanceCore: {
    versionId: 'v2',
    statements: [
      allow(
        'ssm:DescribeAssociation ssm:GetDeployablePatchSnapshotForInstance ssm:GetDocument ssm:DescribeDocument ssm:GetManifest ssm:GetParameter ssm:GetParameters ssm:ListAssociations ssm:ListInstanceAssociations ssm:PutInventory ssm:PutComplianceItems ssm:PutConfigurePackageResult ssm:UpdateAssociationStatus ssm:UpdateInstanceAssociationStatus ssm:UpdateInstanceInformation',
      ),
      allow(
        'ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel',
      ),
      allow(
        'ec2messages:AcknowledgeMessage ec2messages:DeleteMessage ec2messages:FailMessage ec2messages:GetEndpoint ec2messages:GetMessages ec2messages:SendReply',
      ),
    ],
  },
  SecretsManagerReadWrite: {
    versionId: 'v5',
    statements: [
      allow(
        'secretsmanager:* ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs kms:DescribeKey kms:ListAliases kms:ListKeys tag:GetResources',
      ),
      allow(
        'lambda:AddPermission lambda:CreateFunction lambda:GetFunction lambda:InvokeFunction lambda:UpdateFunctionConfiguration',
        'arn:aws:lambda:*:*:function:SecretsManager*',
      ),
    ],
  },
  CloudWatchLogsFullAccess: { versionId: 'v2', statements: [allow('logs:* cloudwatch:GenerateQuery')] },
  CloudWatchLogsReadOnlyAccess: {
    versionId: 'v12',
    statements: [
      allow(
        'logs:Describe* logs:Get* logs:List* logs:StartQuery logs:StopQuery logs:TestMetricFilter logs:FilterLogEvents logs:StartLiveTail logs:StopLiveTail cloudwatch:GenerateQuery',
      ),
    ],
  },
  CloudWatchAgentServerPolicy: {
    versionId: 'v3',
    statements: [
      allow(
        `cloudwatch:PutMetricData ec2:DescribeVolumes ec2:DescribeTags logs:PutLogEvents logs:PutRetentionPolicy logs:DescribeLogStreams logs:DescribeLogGroups logs:CreateLogStream logs:CreateLogGroup ${XRAY_WRITE}`,
      ),
      allow('ssm:GetParameter', 'arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*'),
    ],
  },
  CloudWatchFullAccess: {
    versionId: 'v4',
    statements: [allow('autoscaling:Describe* cloudwatch:* logs:* sns:*')],
  },
  CloudWatchReadOnlyAccess: {
    statements: [
      allow(
        'autoscaling:Describe* cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* logs:Describe* logs:Get* logs:List* logs:StartQuery logs:StopQuery logs:TestMetricFilter logs:FilterLogEvents sns:Get* sns:List*',
      ),
    ],
  },
  AmazonElasticFileSystemClientFullAccess: {
    statements: [
      allow(
        'elasticfilesystem:ClientMount elasticfilesystem:ClientRootAccess elasticfilesystem:ClientWrite elasticfilesystem:DescribeMountTargets',
      ),
    ],
  },
  AmazonElasticFileSystemClientReadWriteAccess: {
    statements: [
      allow(
        'elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:DescribeMountTargets',
      ),
    ],
  },
  AmazonElasticFileSystemClientReadOnlyAccess: {
    statements: [allow('elasticfilesystem:ClientMount elasticfilesystem:DescribeMountTargets')],
  },
  AmazonElasticFileSystemReadOnlyAccess: {
    statements: [
      allow(
        'cloudwatch:DescribeAlarmsForMetric cloudwatch:GetMetricData ec2:DescribeAvailabilityZones ec2:DescribeNetworkInterfaceAttribute ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcAttribute ec2:DescribeVpcs elasticfilesystem:Describe* elasticfilesystem:ListTagsForResource kms:ListAliases',
      ),
    ],
  },
  AmazonS3ReadOnlyAccess: {
    versionId: 'v3',
    statements: [allow('s3:Get* s3:List* s3:Describe* s3-object-lambda:Get* s3-object-lambda:List*')],
  },
  AmazonS3FullAccess: { versionId: 'v2', statements: [allow('s3:* s3-object-lambda:*')] },
  AWSXRayDaemonWriteAccess: { versionId: 'v2', statements: [allow(XRAY_WRITE)] },
  IAMFullAccess: {
    versionId: 'v2',
    statements: [allow('iam:* organizations:DescribeAccount organizations:DescribeOrganization')],
  },
  IAMReadOnlyAccess: {
    versionId: 'v4',
    statements: [
      allow(
        'iam:GenerateCredentialReport iam:GenerateServiceLastAccessedDetails iam:Get* iam:List* iam:SimulateCustomPolicy iam:SimulatePrincipalPolicy',
      ),
    ],
  },
};

/** All of them, by name. */
export const AWS_MANAGED_POLICIES: readonly AwsManagedPolicy[] = Object.entries(GIVEN)
  .map(([policyName, { path = '/', versionId = 'v1', statements }]) => ({
    policyName,
    arn: `arn:aws:iam::aws:policy${path}${policyName}`,
    path,
    versionId,
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  }))
  .sort((one, other) => (one.policyName < other.policyName ? -1 : 1));

const BY_ARN = new Map(AWS_MANAGED_POLICIES.map((policy) => [policy.arn, policy]));

/** What task execution roles have. */
export const EXECUTION_ROLE_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';

/** Undefined when AWS has none of that ARN, or it is not among those here. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return BY_ARN.get(arn);
}
