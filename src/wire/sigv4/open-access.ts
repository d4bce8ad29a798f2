/**
 * Who a caller is when signatures are not checked: an access key id of 12 digits is the account itself, so that
 * test suites can keep apart; a known key or session stands for its own; everything else, also no signature at all,
 * is the default account in the default region.
 */
import type { WireRequest } from './canonical-request.ts';
import { type CredentialSource, limitsOf, rootArn } from './credentials.ts';
import { readSignatureClaim, type SignatureClaim } from './signature-claim.ts';
import { type Caller, isRegion } from './verify.ts';

export interface OpenAccessOptions {
  readonly credentials: CredentialSource;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
}

/** The caller of a request whose signature nobody checks. Never throws. */
export function identifyOpenCaller(request: WireRequest, options: OpenAccessOptions): Caller {
  const claim = claimOf(request);
  const claimed = claim?.scope.region ?? '';
  const region = isRegion(claimed) ? claimed : options.defaultRegion;
  if (claim !== undefined && /^\d{12}$/.test(claim.accessKeyId)) {
    return { account: claim.accessKeyId, region, principalArn: rootArn(claim.accessKeyId) };
  }
  const identity = claim && options.credentials.lookup(claim.accessKeyId, claim.sessionToken);
  const account = identity?.account ?? options.defaultAccount;
  return {
    account,
    region,
    principalArn: identity?.principalArn ?? rootArn(account),
    ...limitsOf(identity ?? {}),
  };
}

function claimOf(request: WireRequest): SignatureClaim | undefined {
  try {
    return readSignatureClaim(request);
  } catch {
    return undefined;
  }
}
