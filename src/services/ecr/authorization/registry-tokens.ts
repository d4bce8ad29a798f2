/**
 * The passwords that GetAuthorizationToken gives out: who asked and until when, with a signature under a key that is
 * derived from the server's secret. Nothing of them is kept; whoever changes one loses the signature.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { SessionLimits } from '../../../wire/sigv4/credentials.ts';
import type { Caller } from '../../../wire/sigv4/verify.ts';

export interface TokenClaims extends Caller {
  readonly expiresAtMs: number;
}

const MAX_LENGTH = 8192;

export class RegistryTokens {
  readonly #key: Uint8Array;

  /** `serverSecret`: at least 32 random bytes. */
  constructor(serverSecret: Uint8Array) {
    if (serverSecret.byteLength < 32) throw new RangeError('the server secret needs at least 32 bytes');
    this.#key = new Uint8Array(hkdfSync('sha256', serverSecret, '', 'neargate registry login', 32));
  }

  mint({ account, region, principalArn, expiresAtMs, limits }: TokenClaims): string {
    const told = [account, region, principalArn, expiresAtMs, ...(limits === undefined ? [] : [limits])];
    const claims = Buffer.from(JSON.stringify(told)).toString('base64url');
    return `${claims}.${this.#sign(claims).toString('base64url')}`;
  }

  /** What a password says that was given out here; undefined for any other. Does not judge its age. */
  verify(password: string): TokenClaims | undefined {
    if (password.length > MAX_LENGTH) return undefined;
    const [claims = '', signature = '', ...more] = password.split('.');
    if (more.length > 0) return undefined;
    const given = Buffer.from(signature, 'base64url');
    const expected = this.#sign(claims);
    if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return undefined;
    const [account, region, principalArn, expiresAtMs, limits] = JSON.parse(
      Buffer.from(claims, 'base64url').toString('utf8'),
    ) as [string, string, string, number, SessionLimits?];
    return { account, region, principalArn, expiresAtMs, ...(limits !== undefined && { limits }) };
  }

  #sign(claims: string): Buffer {
    return createHmac('sha256', this.#key).update(claims).digest();
  }
}
