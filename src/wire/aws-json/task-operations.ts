/** Schemas of the operations by which an agent gets what a task's execution role may have. */
import { GetAuthorizationToken$ } from '@aws-sdk/client-ecr';
import { GetSecretValue$ } from '@aws-sdk/client-secrets-manager';
import { GetParameters$ } from '@aws-sdk/client-ssm';

export { GetAuthorizationToken$, GetParameters$, GetSecretValue$ };
export type { GetAuthorizationTokenResponse } from '@aws-sdk/client-ecr';
export type { GetSecretValueResponse } from '@aws-sdk/client-secrets-manager';
export type { GetParametersResult } from '@aws-sdk/client-ssm';
