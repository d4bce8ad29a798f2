/**
 * Why a pull failed, in the words that Fargate 1.4.0 shows after `CannotPullContainerError: `. Works from an error's
 * kind and details only, which hold no secrets and no query of an address.
 */
import { AppError, toAppError } from '../../domain/errors.ts';
import { formatReference, type ImageReference } from '../../domain/oci/reference.ts';
import { dialFailureText } from '../dial-failure.ts';

/**
 * What was being done: naming what the reference stands for (`resolve`), choosing a platform's manifest (`platform`),
 * fetching (`copy`), laying it out as layers (`unpack`).
 */
export type PullStep = 'resolve' | 'platform' | 'copy' | 'unpack';

export interface PullAttempt {
  readonly step: PullStep;
  /** How often it was tried. */
  readonly attempts: number;
}

const ECR_HOST = /^\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.[a-z0-9.-]+$/;
const TLS_WORDS: Readonly<Record<string, string>> = {
  EPROTO: 'http: server gave HTTP response to HTTPS client',
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'tls: failed to verify certificate: x509: certificate is not valid for this name',
};

/** The text for a stopped task's reason, without the error's name in front. */
export function pullFailureReason(
  error: unknown,
  reference: ImageReference | string,
  at: PullAttempt,
): string {
  const failure = toAppError(error);
  const name = typeof reference === 'string' ? reference : formatReference(reference);
  if (failure.kind === 'aborted') return 'context canceled';
  if (typeof reference !== 'string' && isUnreachable(failure) && ECR_HOST.test(reference.registry)) {
    const repository = `${reference.registry}/${reference.repository}`;
    return (
      `The task cannot pull '${name}' from the Amazon ECR repository '${repository}'. There is a connection issue ` +
      'between the task and Amazon ECR. Check your task network configuration.'
    );
  }
  switch (at.step) {
    case 'resolve':
      return `pull image manifest has been retried ${at.attempts} time(s): failed to resolve ref ${name}: ${resolveTail(failure, name)}`;
    case 'platform':
      return `pull image manifest has been retried ${at.attempts} time(s): ${failure.message}`;
    case 'copy':
      return `ref pull has been retried ${at.attempts} time(s): ${copyTail(failure)}`;
    case 'unpack':
      return `ref pull has been retried ${at.attempts} time(s): ${unpackTail(failure)}`;
  }
}

function resolveTail(error: AppError, name: string): string {
  const { phase, status, challengeError, registryCode } = error.details;
  if (phase === 'token') return tokenTail(error);
  if (phase !== 'status') return requestTail(error, 'Head');
  if (status === 404) return `${name}: not found`;
  if (challengeError !== undefined || registryCode === 'DENIED') {
    const said = challengeError === undefined ? 'denied' : `${text(challengeError)}: authorization failed`;
    return `pull access denied, repository does not exist or may require authorization: server message: ${said}`;
  }
  const url = new URL(text(error.details['url']));
  const wanted = url.pathname.split('/').at(-1);
  return `pulling from host ${url.host} failed with status code [manifests ${wanted}]: ${statusLine(error)}`;
}

function copyTail(error: AppError): string {
  const { phase, status, commitRef, errno } = error.details;
  if (errno === 'ENOSPC') return 'failed to copy: no space left on device';
  if (phase === 'token') return `failed to copy: httpReadSeeker: failed open: ${tokenTail(error)}`;
  if (phase === 'status') {
    const url = text(error.details['url']);
    const tail =
      status === 404
        ? `content at ${url} not found: not found`
        : `unexpected status code ${url}: ${statusLine(error)}`;
    return `failed to copy: httpReadSeeker: failed open: ${tail}`;
  }
  if (phase === 'body') {
    if (error.kind === 'deadline') return 'inactivity time exceeded timeout while pulling image';
    return 'failed to copy: httpReadSeeker: failed read: unexpected EOF';
  }
  if (phase === 'connect' || phase === 'request') {
    return `failed to copy: httpReadSeeker: failed open: ${requestTail(error, 'Get')}`;
  }
  if (commitRef !== undefined) return `failed commit on ref "${text(commitRef)}": ${error.message}`;
  // What the image itself is wrong about needs no more words; all else broke while copying.
  return error.kind === 'invalid' ? error.message : `failed to copy: ${error.message}`;
}

function unpackTail(error: AppError): string {
  const { errno, layerDigest } = error.details;
  const layer = layerDigest === undefined ? 'layer' : `layer ${text(layerDigest)}`;
  const what = errno === 'ENOSPC' ? 'no space left on device' : error.message;
  return `failed to extract ${layer}: ${what}`;
}

function tokenTail(error: AppError): string {
  const { authenticated, status } = error.details;
  const kind = authenticated === true ? 'oauth' : 'anonymous';
  const what =
    status === undefined
      ? error.message
      : `unexpected status from GET request to ${text(error.details['url'])}: ${statusLine(error)}`;
  return `failed to authorize: failed to fetch ${kind} token: ${what}`;
}

/** What Go's HTTP client says when no answer came. */
function requestTail(error: AppError, method: 'Head' | 'Get'): string {
  const { phase, url, tlsCode } = error.details;
  if (phase === undefined || url === undefined) return error.message;
  const sent = `failed to do request: ${method} "${text(url)}"`;
  if (tlsCode !== undefined) {
    const unknown = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    return `${sent}: ${TLS_WORDS[text(tlsCode)] ?? unknown}`;
  }
  if (phase === 'connect') return `${sent}: ${dialFailureText(error)}`;
  return `${sent}: ${error.kind === 'deadline' ? 'net/http: timeout awaiting response headers' : 'EOF'}`;
}

/** `429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.` */
function statusLine(error: AppError): string {
  const { status, statusText, registryCode, registryMessage } = error.details;
  const line = `${text(status)} ${text(statusText)}`.trim();
  if (registryCode === undefined) return status === 429 ? `${line} - toomanyrequests` : line;
  const code = text(registryCode).toLowerCase().replaceAll('_', ' ');
  return `${line} - Server message: ${code}${registryMessage === undefined ? '' : `: ${text(registryMessage)}`}`;
}

function isUnreachable(error: AppError): boolean {
  return error.details['phase'] === 'connect' && error.details['tlsCode'] === undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
