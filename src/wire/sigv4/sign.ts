/** Signs a request by AWS Signature Version 4, in its Authorization header. Used by Neargate's own clients. */
import { createHash } from 'node:crypto';
import { canonicalRequest, type WireRequest } from './canonical-request.ts';
import {
  ALGORITHM,
  formatTimestamp,
  scopeText,
  sha256Hex,
  SigningKeyCache,
  stringToSign,
} from './signing-key.ts';

export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Its body may come in pieces. */
export interface RequestToSign extends Omit<WireRequest, 'body'> {
  readonly body: Uint8Array | readonly Uint8Array[];
}

export interface SigningOptions {
  readonly credentials: SigningCredentials;
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
  /** Share one between calls to save the derivation. */
  readonly keys?: SigningKeyCache;
}

/** Signs `host`, `content-type` and every `x-amz-*` header. Answers the headers to add; `request` stays as it is. */
export function signRequest(request: RequestToSign, options: SigningOptions): Record<string, string> {
  const { credentials, region, service } = options;
  const timestamp = formatTimestamp(options.nowMs);
  const added: Record<string, string> = { 'x-amz-date': timestamp };
  if (credentials.sessionToken !== undefined) added['x-amz-security-token'] = credentials.sessionToken;
  const payloadHash = hashOf(request.body);
  // S3 wants to read it.
  if (service === 's3') added['x-amz-content-sha256'] = payloadHash;
  const headers = { ...request.headers, ...added };
  const signedHeaders = Object.keys(headers).filter(isSigned).sort();
  const scope = { date: timestamp.slice(0, 8), region, service };
  const keys = options.keys ?? new SigningKeyCache(1);
  const canonical = canonicalRequest({ ...request, headers }, service, signedHeaders, payloadHash);
  const signature = keys
    .get(credentials.accessKeyId, credentials.secretAccessKey, scope)
    .sign(stringToSign(canonical, timestamp, scope));
  added['authorization'] =
    `${ALGORITHM} Credential=${credentials.accessKeyId}/${scopeText(scope)}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return added;
}

const isSigned = (name: string): boolean =>
  name === 'host' || name === 'content-type' || name.startsWith('x-amz-');

function hashOf(body: Uint8Array | readonly Uint8Array[]): string {
  if (body instanceof Uint8Array) return sha256Hex(body);
  const hash = createHash('sha256');
  for (const piece of body) hash.update(piece);
  return hash.digest('hex');
}
