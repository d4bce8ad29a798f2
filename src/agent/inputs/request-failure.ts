/** Why a request to an AWS service failed, in the words of AWS's own client for Go. */
import type { AppError } from '../../domain/errors.ts';
import { dialFailureText } from '../dial-failure.ts';

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

/** A call to which no answer came, in the words of the client's second version. */
export function callFailureText({ service, operation, url, attempts }: FailedCall, error: AppError): string {
  const { awsCode, address, syscallCode } = error.details;
  const tries = attempts > 1 ? `exceeded maximum number of attempts, ${attempts}, ` : '';
  const call = `operation error ${service}: ${operation}, ${tries}`;
  if (typeof awsCode === 'string') return `${call}api error ${awsCode}: ${error.message}`;
  const response = `${call}https response error StatusCode: 0, RequestID: , `;
  if (address !== undefined || syscallCode !== undefined) {
    return `${response}request send failed, Post "${url}": ${dialFailureText(error)}`;
  }
  if (error.kind === 'deadline') return `${response}canceled, context deadline exceeded`;
  return `${response}request send failed, Post "${url}": ${error.message}`;
}
