/** Why a request to an AWS service failed, in the words of AWS's own client for Go. */
import type { AppError } from '../../domain/errors.ts';
import { dialFailureText } from '../dial-failure.ts';

/** Exceptions that the services' models have; all others are `api error`s to the client. */
const MODELLED: ReadonlySet<string> = new Set([
  'DecryptionFailure',
  'InternalServerError',
  'InternalServiceError',
  'InvalidKeyId',
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'ServerException',
]);

/** No answer came. A service that answers, and be it to come back later, is connected. */
export function isConnectionTrouble(error: AppError): boolean {
  const { awsCode, status } = error.details;
  return error.retryable && awsCode === undefined && status === undefined;
}

/** `AccessDeniedException: …`, `RequestCanceled: …`, `RequestError: …`; else the error's own message. */
export function requestFailureText(error: AppError): string {
  const { awsCode, host, address, syscallCode } = error.details;
  if (typeof awsCode === 'string') return `${awsCode}: ${error.message}`;
  if (error.kind === 'deadline') {
    return 'RequestCanceled: request context canceled caused by: context deadline exceeded';
  }
  if (error.kind === 'unavailable' && (host ?? address) !== undefined && syscallCode !== undefined) {
    return `RequestError: send request failed caused by: ${dialFailureText(error)}`;
  }
  return error.message;
}

export interface FailedCall {
  /** As AWS's client for Go names it: `ECR`, `Secrets Manager`. */
  readonly service: string;
  readonly operation: string;
  /** `https://api.ecr.us-east-1.amazonaws.com/` */
  readonly url: string;
  readonly attempts: number;
}

/** The same in the words of the client's second version, which tell of the call, too. */
export function callFailureText({ service, operation, url, attempts }: FailedCall, error: AppError): string {
  const { awsCode, status, requestId = '', address, syscallCode } = error.details;
  const tries = attempts > 1 ? `exceeded maximum number of attempts, ${attempts}, ` : '';
  const call = `operation error ${service}: ${operation}, ${tries}`;
  const response = `https response error StatusCode: ${Number(status ?? 0)}, RequestID: ${requestId as string}, `;
  if (typeof awsCode === 'string') {
    const kind = MODELLED.has(awsCode) ? '' : 'api error ';
    return `${call}${status === undefined ? '' : response}${kind}${awsCode}: ${error.message}`;
  }
  if (status !== undefined) return `${call}${response}${error.message}`;
  // It came to no call.
  if (!error.retryable) return error.message;
  if (address !== undefined || syscallCode !== undefined) {
    return `${call}${response}request send failed, Post "${url}": ${dialFailureText(error)}`;
  }
  if (error.kind === 'deadline') return `${call}${response}canceled, context deadline exceeded`;
  return `${call}${response}request send failed, Post "${url}": ${error.message}`;
}
