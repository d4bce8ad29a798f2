/**
 * Why secrets could not be had, in the words that users read after `ResourceInitializationError: `. Works from an
 * error's kind, details and message, which hold no values.
 */
import type { AppError } from '../../domain/errors.ts';
import { callFailureText, isConnectionTrouble } from './request-failure.ts';

/** For what a service was asked: the kind of failure that is told. */
export type SecretUse = 'secret' | 'parameters' | 'registry';

export interface SecretFailure {
  readonly use: SecretUse;
  readonly text: string;
  /** No answer came. */
  readonly isUnanswered?: boolean;
}

/** A call that failed for good. */
export interface FailedSecretCall {
  /** Where the service is: `https://ssm.us-east-1.amazonaws.com/`. */
  readonly url: string;
  readonly attempts: number;
  readonly error: AppError;
}

const PREFIX = 'unable to pull secrets or registry auth';
const RETRIEVAL = 'execution resource retrieval failed';
const CHECK = 'Check your task network configuration.';
const NO_SECRETS_MANAGER = `There is a connection issue between the task and AWS Secrets Manager. ${CHECK}`;
const NO_SYSTEMS_MANAGER = `The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. ${CHECK}`;
const NO_ECR = `The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. ${CHECK}`;
const USES: readonly { readonly use: SecretUse; readonly words: string }[] = [
  { use: 'secret', words: 'unable to retrieve secret from asm' },
  { use: 'parameters', words: 'unable to retrieve secrets from ssm' },
  { use: 'registry', words: 'unable to get registry auth from asm' },
];

/** All failures of a task in one text. Of the Parameter Store's only the first is told, as AWS does. */
export function joinFailures(failures: readonly SecretFailure[]): string {
  const parts = USES.flatMap(({ use, words }) => {
    const texts = [...new Set(failures.filter((each) => each.use === use).map(({ text }) => text))];
    const told = use === 'parameters' ? texts.slice(0, 1) : texts;
    return told.length === 0 ? [] : [`${words}: ${told.join(';')}`];
  });
  const isUnanswered = failures.every((failure) => failure.isUnanswered === true);
  return [PREFIX, ...(isUnanswered ? [] : [RETRIEVAL]), parts.join(';')].join(': ');
}

export function secretCallFailure(secretId: string, call: FailedSecretCall): SecretFailure {
  const fetching = `failed to fetch secret ${secretId} from secrets manager: `;
  if (isConnectionTrouble(call.error)) {
    return unanswered('secret', `${NO_SECRETS_MANAGER} ${fetching}${secretsManagerText(call)}`);
  }
  const missing = `ResourceNotFoundException: The task can't retrieve the secret with ARN '${secretId}' from AWS Secrets Manager. Check whether the secret exists in the specified Region: `;
  const what = call.error.kind === 'not-found' ? missing : '';
  return answered('secret', `${retried(call)}: ${fetching}${what}${secretsManagerText(call)}`);
}

/** The secret holds the credentials of a registry. */
export function registryCallFailure(secretId: string, call: FailedSecretCall): SecretFailure {
  const fetching = `asm fetching secret from the service for ${secretId}: ${secretsManagerText(call)}`;
  return isConnectionTrouble(call.error)
    ? unanswered('registry', `${NO_SECRETS_MANAGER} ${fetching}`)
    : answered('registry', `${retried(call)}: ${fetching}`);
}

export function parametersCallFailure(call: FailedSecretCall): SecretFailure {
  const text = callFailureText({ service: 'SSM', operation: 'GetParameters', ...call }, call.error);
  return isConnectionTrouble(call.error)
    ? unanswered('parameters', `${NO_SYSTEMS_MANAGER} ${text}`)
    : answered('parameters', `${retried(call)}: ${text}`);
}

/** Parameters that are not there. */
export function invalidParametersText(names: readonly string[], attempts: number): string {
  return `${retried({ attempts })}: invalid ssm parameters: ${names.join(',')}`;
}

/** The answer came, and is not what it should be. */
export function valueText(error: AppError, attempts: number): string {
  return `${retried({ attempts })}: ${error.message}`;
}

/** A login to ECR that failed for good: the whole text. */
export function ecrLoginFailureText(call: FailedSecretCall): string {
  const text = callFailureText({ service: 'ECR', operation: 'GetAuthorizationToken', ...call }, call.error);
  return isConnectionTrouble(call.error)
    ? `${PREFIX}: ${NO_ECR} ${text}`
    : `${PREFIX}: ${RETRIEVAL}: unable to retrieve ecr registry auth: ${retried(call)}: ${text}`;
}

function secretsManagerText(call: FailedSecretCall): string {
  return callFailureText({ service: 'Secrets Manager', operation: 'GetSecretValue', ...call }, call.error);
}

function answered(use: SecretUse, text: string): SecretFailure {
  return { use, text };
}

function unanswered(use: SecretUse, text: string): SecretFailure {
  return { use, text, isUnanswered: true };
}

function retried({ attempts }: { readonly attempts: number }): string {
  return `service call has been retried ${attempts} time(s)`;
}
