/**
 * Verifies AWS Signature Version 4, header form and presigned form, and says who signed. Refusals are ApiErrors in
 * AWS's words. Signatures are compared in constant time.
 */
import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../../domain/errors.ts';
import { canonicalRequest, type WireRequest } from './canonical-request.ts';
import { type CredentialSource, limitsOf, type SessionLimits, type SigningIdentity } from './credentials.ts';
import { headerOf, readSignatureClaim, type SignatureClaim } from './signature-claim.ts';
import {
  formatTimestamp,
  sha256Hex,
  SigningKeyCache,
  stringToSign,
  UNSIGNED_PAYLOAD,
} from './signing-key.ts';

/** Who signed a request, and for which region. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly principalArn: string;
  /** Of a session that may do less than its principal. */
  readonly limits?: SessionLimits;
}

export interface SignatureVerifierOptions {
  readonly credentials: CredentialSource;
  readonly nowMs: () => number;
}

const MAX_SKEW_MS = 5 * 60_000;
const REGION = /^[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}$/;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** True for text in the form of an AWS region. */
export function isRegion(text: string): boolean {
  return REGION.test(text);
}

export class SignatureVerifier {
  readonly #credentials: CredentialSource;
  readonly #nowMs: () => number;
  readonly #keys = new SigningKeyCache();

  constructor(options: SignatureVerifierOptions) {
    this.#credentials = options.credentials;
    this.#nowMs = options.nowMs;
  }

  /** The signer of a request to `service`. Throws ApiError when the signature does not hold. */
  verify(request: WireRequest, service: string): Caller {
    const claim = readSignatureClaim(request);
    const identity = this.#credentials.lookup(claim.accessKeyId, claim.sessionToken);
    if (identity === undefined) {
      throw new ApiError(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    checkScope(claim, service);
    checkSignedHeaders(request, claim);
    const nowMs = this.#nowMs();
    checkTime(claim, nowMs);
    this.#checkSignature(request, claim, identity);
    if (identity.expiresAtMs !== undefined && identity.expiresAtMs <= nowMs) {
      throw new ApiError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    const { account, principalArn } = identity;
    return { account, region: claim.scope.region, principalArn, ...limitsOf(identity) };
  }

  #checkSignature(request: WireRequest, claim: SignatureClaim, identity: SigningIdentity): void {
    const key = this.#keys.get(claim.accessKeyId, identity.secretAccessKey, claim.scope);
    const canonical = canonicalRequest(
      request,
      claim.scope.service,
      claim.signedHeaders,
      payloadHash(request),
    );
    const expected = Buffer.from(key.sign(stringToSign(canonical, claim.timestamp, claim.scope)), 'hex');
    const given = Buffer.from(claim.signature, 'hex');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalid(MISMATCH);
  }
}

/** The hash of the body as it came, unless the caller signed that it is not part of the signature. */
function payloadHash(request: WireRequest): string {
  return headerOf(request, 'x-amz-content-sha256') === UNSIGNED_PAYLOAD
    ? UNSIGNED_PAYLOAD
    : sha256Hex(request.body);
}

function checkScope({ scope, timestamp }: SignatureClaim, service: string): void {
  if (scope.service !== service) {
    throw invalid(`Credential should be scoped to correct service: '${service}'. `);
  }
  if (!isRegion(scope.region)) throw invalid('Credential should be scoped to a valid region. ');
  const day = timestamp.slice(0, 8);
  if (scope.date !== day) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date.slice(0, 20)}' != '${day}', from '${timestamp}'.`,
    );
  }
}

/** What decides where a request goes and what it does must be under the signature. */
function checkSignedHeaders(request: WireRequest, claim: SignatureClaim): void {
  if (!claim.signedHeaders.includes('host')) {
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (request.headers['x-amz-target'] !== undefined && !claim.signedHeaders.includes('x-amz-target')) {
    throw invalid("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.");
  }
}

function checkTime(claim: SignatureClaim, nowMs: number): void {
  const { signedAtMs, expiresSeconds } = claim;
  const latestMs = signedAtMs + (expiresSeconds === undefined ? MAX_SKEW_MS : expiresSeconds * 1000);
  if (nowMs <= latestMs && nowMs >= signedAtMs - MAX_SKEW_MS) return;
  const now = formatTimestamp(nowMs);
  if (nowMs < signedAtMs) {
    const latest = formatTimestamp(nowMs + MAX_SKEW_MS);
    throw invalid(
      `Signature not yet current: ${claim.timestamp} is still later than ${latest} (${now} + 5 min.)`,
    );
  }
  if (expiresSeconds !== undefined) {
    throw invalid(`Signature expired: ${formatTimestamp(latestMs)} is now earlier than ${now}`);
  }
  const earliest = formatTimestamp(nowMs - MAX_SKEW_MS);
  throw invalid(`Signature expired: ${claim.timestamp} is now earlier than ${earliest} (${now} - 5 min.)`);
}

function invalid(message: string): ApiError {
  return new ApiError('InvalidSignatureException', message);
}
