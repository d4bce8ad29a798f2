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
