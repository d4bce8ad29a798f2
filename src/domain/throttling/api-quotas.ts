/**
 * How often an account may ask AWS's services in a region, as AWS documents it: "Request throttling for the Amazon ECS
 * API", "AWS Fargate throttling quotas", and the quotas of CloudWatch Logs, CloudWatch, Secrets Manager, Systems Manager,
 * ECR and STS. EC2's are beside this file. Where only requests a second are told, as many are let through at once. What
 * is not told (IAM, EFS, the other operations of the services below) is not limited.
 */
import type { TokenRate } from '../token-bucket.ts';
import { ec2Quota } from './ec2-quotas.ts';

/** What a request takes from one bucket of its account and region. */
export interface TokensTaken {
  /** The bucket's name within the service. */
  readonly bucket: string;
  readonly rate: TokenRate;
  readonly tokens: number;
}

type Quota = readonly [operations: readonly string[], atOnce: number, aSecond: number];

const aSecond = (rate: number, ...operations: string[]): Quota => [operations, rate, rate];

const ECS: readonly Quota[] = [
  [
    [
      'CreateCluster',
      'DeleteCluster',
      'PutClusterCapacityProviders',
      'UpdateCluster',
      'UpdateClusterSettings',
    ],
    20,
    1,
  ],
  [['DescribeClusters', 'ListClusters'], 50, 20],
  [['DeregisterTaskDefinition', 'RegisterTaskDefinition'], 20, 1],
  [['DescribeTaskDefinition', 'ListTaskDefinitions', 'ListTaskDefinitionFamilies'], 50, 20],
  [['DeleteTaskDefinitions'], 5, 1],
  [['CreateCapacityProvider', 'DeleteCapacityProvider', 'UpdateCapacityProvider'], 10, 1],
  [['DescribeCapacityProviders'], 50, 20],
  [['TagResource', 'UntagResource'], 20, 10],
  [['ListTagsForResource'], 50, 20],
  [['DeleteAccountSetting', 'PutAccountSetting', 'PutAccountSettingDefault'], 10, 1],
  [['ListAccountSettings'], 50, 20],
  [['ExecuteCommand', 'RunTask', 'StartTask', 'StopTask'], 100, 40],
  [['DescribeTasks', 'ListTasks'], 100, 20],
  [['CreateService', 'DeleteService', 'UpdateService'], 50, 5],
  [['DescribeServices', 'ListServices'], 100, 20],
  [['DescribeServiceDeployments', 'ListServiceDeployments'], 50, 20],
  [['DescribeServiceRevisions'], 50, 20],
  [['UpdateTaskProtection', 'GetTaskProtection'], 200, 80],
  [['ListServicesByNamespace'], 10, 1],
];

/** On-demand tasks that an account launches on Fargate. */
const LAUNCHES: TokenRate = { atOnce: 100, aSecond: 20 };

const LOGS: readonly Quota[] = [
  aSecond(10, 'CreateLogGroup'),
  aSecond(50, 'CreateLogStream'),
  aSecond(10, 'DeleteLogGroup'),
  aSecond(15, 'DeleteLogStream'),
  aSecond(10, 'DescribeLogGroups'),
  aSecond(25, 'DescribeLogStreams'),
  // These two differ by region; most have 10 and 25.
  aSecond(10, 'FilterLogEvents'),
  aSecond(25, 'GetLogEvents'),
  aSecond(5000, 'PutLogEvents'),
  ...[
    'DeleteRetentionPolicy',
    'PutRetentionPolicy',
    'ListTagsForResource',
    'ListTagsLogGroup',
    'TagLogGroup',
    'TagResource',
    'UntagLogGroup',
    'UntagResource',
  ].map((operation) => aSecond(5, operation)),
];

const CLOUDWATCH: readonly Quota[] = [
  aSecond(500, 'PutMetricData'),
  aSecond(500, 'GetMetricData'),
  aSecond(400, 'GetMetricStatistics'),
  aSecond(25, 'ListMetrics'),
  aSecond(9, 'DescribeAlarms'),
  aSecond(9, 'DescribeAlarmsForMetric'),
  aSecond(10, 'ListDashboards'),
];

const SECRETS_MANAGER: readonly Quota[] = [
  aSecond(10_000, 'DescribeSecret', 'GetSecretValue'),
  aSecond(50, 'PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage'),
  aSecond(50, 'DeleteResourcePolicy', 'GetResourcePolicy', 'PutResourcePolicy'),
  aSecond(50, 'TagResource', 'UntagResource'),
  ...['CreateSecret', 'DeleteSecret', 'RestoreSecret', 'ListSecretVersionIds'].map((operation) =>
    aSecond(50, operation),
  ),
  aSecond(100, 'ListSecrets'),
];

/** Of the default throughput. */
const PARAMETER_STORE: readonly Quota[] = [
  aSecond(40, 'GetParameter', 'GetParameters', 'GetParametersByPath'),
  aSecond(3, 'PutParameter'),
];

const ECR: readonly Quota[] = [
  aSecond(1000, 'BatchCheckLayerAvailability'),
  aSecond(500, 'GetAuthorizationToken'),
  aSecond(10, 'PutImage'),
  aSecond(2000, 'BatchGetImage'),
  aSecond(3000, 'GetDownloadUrlForLayer'),
];

const STS: readonly Quota[] = [aSecond(600, 'AssumeRole', 'GetCallerIdentity')];

const QUOTAS: ReadonlyMap<string, ReadonlyMap<string, TokensTaken>> = new Map(
  Object.entries({
    ecs: ECS,
    logs: LOGS,
    monitoring: CLOUDWATCH,
    secretsmanager: SECRETS_MANAGER,
    ssm: PARAMETER_STORE,
    ecr: ECR,
    sts: STS,
  }).map(([service, quotas]) => [service, byOperation(quotas)]),
);

function byOperation(quotas: readonly Quota[]): ReadonlyMap<string, TokensTaken> {
  return new Map(
    quotas.flatMap(([operations, atOnce, rate]) => {
      const taken = { bucket: operations[0] ?? '', rate: { atOnce, aSecond: rate }, tokens: 1 };
      return operations.map((operation) => [operation, taken] as const);
    }),
  );
}

/** What a request takes, of all of its buckets or of none. `service` is its name in credential scopes. */
export function tokensOf(service: string, operation: string, input: object): readonly TokensTaken[] {
  if (service === 'ec2') return [ec2Quota(operation, input)];
  const taken = QUOTAS.get(service)?.get(operation);
  if (taken === undefined) return [];
  if (service !== 'ecs' || operation !== 'RunTask') return [taken];
  const { count = 1 } = input as { readonly count?: number };
  return [taken, { bucket: 'launches', rate: LAUNCHES, tokens: Math.max(1, count) }];
}
