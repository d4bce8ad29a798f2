/**
 * Why secrets could not be had, in the words that users read after `ResourceInitializationError: `. Works from an
 * error's kind, details and message, which hold no values.
 */
import type { AppError } from '../../domain/errors.ts';
import { isConnectionTrouble, requestFailureText } from './request-failure.ts';

/** For what a service was asked: the kind of failure that is told. */
export type SecretUse = 'secret' | 'parameters' | 'registry';

export interface SecretFailure {
  readonly use: SecretUse;
  readonly text: string;
}

const PREFIX = 'unable to pull secrets or registry auth: execution resource retrieval failed';
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
  return `${PREFIX}: ${parts.join(';')}`;
}

/** A call to Secrets Manager that failed for good after so many attempts. */
export function secretCallText(secretId: string, error: AppError, attempts: number): string {
  const call = `${retried(attempts)}: failed to fetch secret ${secretId} from secrets manager: `;
  if (error.kind === 'not-found') {
    const found = `The task can't retrieve the secret with ARN '${secretId}' from AWS Secrets Manager. Check whether the secret exists in the specified Region`;
    return `${call}ResourceNotFoundException: ${found}: ${requestFailureText(error)}`;
  }
  if (!isConnectionTrouble(error)) return call + requestFailureText(error);
  return `There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. ${call}${requestFailureText(error)}`;
}

/** A call for a registry's credentials that failed for good after so many attempts. */
export function registryCallText(secretId: string, error: AppError, attempts: number): string {
  return `${retried(attempts)}: asm fetching secret from the service for ${secretId}: ${requestFailureText(error)}`;
}

/** A call to the Parameter Store that failed for good after so many attempts. */
export function parametersCallText(region: string, error: AppError, attempts: number): string {
  if (!isConnectionTrouble(error)) {
    return `${retried(attempts)}: ${inRegion(region)}: ${requestFailureText(error)}`;
  }
  return `The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS Systems Manager Parameter Store. Check your task network configuration. ${retried(attempts)}: ${requestFailureText(error)}`;
}

/** Parameters that are not there. */
export function invalidParametersText(region: string, names: readonly string[], attempts: number): string {
  return `${retried(attempts)}: ${inRegion(region)}: invalid parameters: ${names.join(',')}`;
}

/** The answer came, and is not what it should be. */
export function valueText(error: AppError, attempts: number): string {
  return `${retried(attempts)}: ${error.message}`;
}

function retried(attempts: number): string {
  return `service call has been retried ${attempts} time(s)`;
}

function inRegion(region: string): string {
  return `fetching secret data from SSM Parameter Store in ${region}`;
}
