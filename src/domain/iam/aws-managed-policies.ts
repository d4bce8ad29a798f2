/** AWS managed policies that are here in every account. */

export interface AwsManagedPolicy {
  readonly policyName: string;
  readonly arn: string;
  readonly path: string;
  readonly versionId: string;
  /** JSON. */
  readonly document: string;
}

interface Given {
  readonly path: string;
  readonly versionId: string;
  readonly statements: readonly object[];
}

const GIVEN: Readonly<Record<string, Given>> = {
  AmazonECSTaskExecutionRolePolicy: {
    path: '/service-role/',
    versionId: 'v1',
    statements: [
      {
        Effect: 'Allow',
        Action: [
          'ecr:GetAuthorizationToken',
          'ecr:BatchCheckLayerAvailability',
          'ecr:GetDownloadUrlForLayer',
          'ecr:BatchGetImage',
          'logs:CreateLogStream',
          'logs:PutLogEvents',
        ],
        Resource: '*',
      },
    ],
  },
};

/** All of them, by name. */
export const AWS_MANAGED_POLICIES: readonly AwsManagedPolicy[] = Object.entries(GIVEN).map(
  ([policyName, { path, versionId, statements }]) => ({
    policyName,
    arn: `arn:aws:iam::aws:policy${path}${policyName}`,
    path,
    versionId,
    document: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  }),
);

const BY_ARN = new Map(AWS_MANAGED_POLICIES.map((policy) => [policy.arn, policy]));

/** What task execution roles have. */
export const EXECUTION_ROLE_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';

/** Undefined when AWS has none of that ARN, or it is not among those here. */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  return BY_ARN.get(arn);
}
