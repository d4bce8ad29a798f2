/**
 * AWS managed policies for ECS, by their names. Source: AWS Managed Policy Reference; what they say of services that are not
 * here (load balancers, volumes, VPC Lattice, private certificates) is told in its main actions.
 */
import { allow, type GivenPolicy, passRole } from './managed-policy-form.ts';

const SERVICE_ROLE = '/service-role/';
const TARGETS =
  'elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeRules elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetHealth elasticloadbalancing:RegisterTargets elasticloadbalancing:DeregisterTargets';

export const ECS_MANAGED_POLICIES: Readonly<Record<string, GivenPolicy>> = {
  AmazonECSTaskExecutionRolePolicy: {
    path: SERVICE_ROLE,
    statements: [
      allow(
        'ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage logs:CreateLogStream logs:PutLogEvents',
      ),
    ],
  },
  AmazonECS_FullAccess: {
    versionId: 'v22',
    statements: [
      allow(
        'ecs:* cloudwatch:DescribeAlarms cloudwatch:GetMetricStatistics cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms ec2:AuthorizeSecurityGroupIngress ec2:CreateInternetGateway ec2:CreateRoute ec2:CreateRouteTable ec2:CreateSecurityGroup ec2:CreateSubnet ec2:CreateVpc ec2:Describe* iam:ListAttachedRolePolicies iam:ListInstanceProfiles iam:ListRoles logs:CreateLogGroup logs:DescribeLogGroups logs:FilterLogEvents elasticfilesystem:DescribeAccessPoints elasticfilesystem:DescribeFileSystems',
      ),
      allow(
        'ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath',
        'arn:aws:ssm:*:*:parameter/aws/service/ecs*',
      ),
      passRole('*', 'ecs-tasks.amazonaws.com'),
      passRole(['arn:aws:iam::*:role/ecsInstanceRole*'], 'ec2.amazonaws.com'),
      passRole(['arn:aws:iam::*:role/ecsAutoscaleRole*'], 'application-autoscaling.amazonaws.com'),
      allow('iam:CreateServiceLinkedRole', '*', {
        Condition: {
          StringLike: {
            'iam:AWSServiceName': ['ecs.amazonaws.com', 'ecs.application-autoscaling.amazonaws.com'],
          },
        },
      }),
    ],
  },
  AmazonEC2ContainerServiceforEC2Role: {
    path: SERVICE_ROLE,
    versionId: 'v10',
    statements: [
      allow(
        'ec2:DescribeTags ecs:CreateCluster ecs:DeregisterContainerInstance ecs:DiscoverPollEndpoint ecs:Poll ecs:RegisterContainerInstance ecs:StartTelemetrySession ecs:UpdateContainerInstancesState ecs:Submit* ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage logs:CreateLogStream logs:PutLogEvents',
      ),
      whenMade('CreateCluster', 'RegisterContainerInstance'),
    ],
  },
  AmazonEC2ContainerServiceEventsRole: {
    path: SERVICE_ROLE,
    versionId: 'v3',
    statements: [allow('ecs:RunTask'), passRole('*', 'ecs-tasks.amazonaws.com'), whenMade('RunTask')],
  },
  AmazonEC2ContainerServiceAutoscaleRole: {
    path: SERVICE_ROLE,
    versionId: 'v2',
    statements: [
      allow('ecs:DescribeServices ecs:UpdateService'),
      allow('cloudwatch:DescribeAlarms cloudwatch:PutMetricAlarm'),
    ],
  },
  AmazonEC2ContainerServiceRole: {
    path: SERVICE_ROLE,
    versionId: 'v2',
    statements: [
      allow(
        'ec2:AuthorizeSecurityGroupIngress ec2:Describe* elasticloadbalancing:DeregisterInstancesFromLoadBalancer elasticloadbalancing:DeregisterTargets elasticloadbalancing:Describe* elasticloadbalancing:RegisterInstancesWithLoadBalancer elasticloadbalancing:RegisterTargets',
      ),
    ],
  },
  AmazonECSInfrastructureRolePolicyForVolumes: {
    path: SERVICE_ROLE,
    statements: [
      allow(
        'ec2:AttachVolume ec2:CreateVolume ec2:DeleteVolume ec2:DescribeAvailabilityZones ec2:DescribeVolumes ec2:DetachVolume',
      ),
    ],
  },
  AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity: {
    path: SERVICE_ROLE,
    statements: [
      allow(
        'acm-pca:DescribeCertificateAuthority acm-pca:GetCertificate acm-pca:GetCertificateAuthorityCertificate acm-pca:IssueCertificate',
      ),
      allow(
        'secretsmanager:CreateSecret secretsmanager:DeleteSecret secretsmanager:DescribeSecret secretsmanager:PutSecretValue secretsmanager:RotateSecret secretsmanager:TagResource secretsmanager:UpdateSecret secretsmanager:UpdateSecretVersionStage',
        'arn:aws:secretsmanager:*:*:secret:ecs-sc!*',
      ),
    ],
  },
  AmazonECSInfrastructureRolePolicyForLoadBalancers: { versionId: 'v6', statements: [allow(TARGETS)] },
  AmazonECSInfrastructureRolePolicyForVpcLattice: {
    statements: [
      allow('vpc-lattice:DeregisterTargets vpc-lattice:ListTargets vpc-lattice:RegisterTargets'),
      allow('ec2:DescribeSubnets ec2:DescribeVpcs'),
    ],
  },
  AWSCodeDeployRoleForECS: {
    statements: [
      allow(
        'ecs:DescribeServices ecs:CreateTaskSet ecs:UpdateServicePrimaryTaskSet ecs:DeleteTaskSet elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeListeners elasticloadbalancing:ModifyListener elasticloadbalancing:DescribeRules elasticloadbalancing:ModifyRule lambda:InvokeFunction cloudwatch:DescribeAlarms sns:Publish s3:GetObject s3:GetObjectVersion',
      ),
      passRole('*', 'ecs-tasks.amazonaws.com'),
    ],
  },
};

/** Leave to tag what these actions make. */
function whenMade(...actions: readonly string[]): object {
  return allow('ecs:TagResource', '*', { Condition: { StringEquals: { 'ecs:CreateAction': actions } } });
}
