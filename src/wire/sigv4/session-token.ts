/**
 * Session credentials that need no store: the token is the sealed description of the session (AES-256-GCM, bound to
 * its access key id), and the secret key is derived from the token by HMAC. Both use keys derived from one server
 * secret, so a token alone tells neither its claims nor its secret, and nobody else can make one.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import type { SessionLimits, SigningIdentity } from './credentials.ts';

export interface SessionClaims extends SessionLimits {
  readonly account: string;
  /** E.g. `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
  readonly principalArn: string;
  readonly expiresAtMs: number;
  readonly taskArn?: string;
  /** Id of the task with whose end the session ends. */
  readonly endsWithTask?: string;
}

const VERSION = 1;
/** The same, with its claims compressed: policies of sessions are long. */
const COMPRESSED = 2;
const COMPRESSED_FROM = 1024;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longer tokens can be minted, and are of no use. A header has room for it. */
export const LONGEST_TOKEN = 8192;
const KEY_ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Mints and verifies session credentials under one server secret (at least 32 random bytes). */
export class SessionTokens {
  readonly #sealingKey: Uint8Array;
  readonly #secretKey: Uint8Array;

  constructor(serverSecret: Uint8Array) {
    if (serverSecret.byteLength < 32) throw new RangeError('the server secret needs at least 32 bytes');
    this.#sealingKey = new Uint8Array(hkdfSync('sha256', serverSecret, '', 'neargate session seal', 32));
    this.#secretKey = new Uint8Array(hkdfSync('sha256', serverSecret, '', 'neargate session secret', 32));
  }

  /** New credentials for a session; each call gives others. */
  mint(claims: SessionClaims): TaskCredentials {
    const accessKeyId = `ASIA${randomKeyIdPart()}`;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, nonce);
    cipher.setAAD(Buffer.from(accessKeyId));
    const plain = Buffer.from(JSON.stringify(claims), 'utf8');
    const version = plain.byteLength < COMPRESSED_FROM ? VERSION : COMPRESSED;
    const content = version === VERSION ? plain : deflateRawSync(plain);
    const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
    const token = Buffer.concat([Buffer.of(version), nonce, sealed, cipher.getAuthTag()]);
    const sessionToken = token.toString('base64');
    return {
      accessKeyId,
      secretAccessKey: this.#secretOf(accessKeyId, sessionToken),
      sessionToken,
      expiresAt: claims.expiresAtMs,
    };
  }

  /** The session of a token that was minted for this access key id; undefined for any other. Does not judge its age. */
  verify(sessionToken: string, accessKeyId: string): (SigningIdentity & SessionClaims) | undefined {
    const claims = this.#open(sessionToken, accessKeyId);
    if (claims === undefined) return undefined;
    return { ...claims, secretAccessKey: this.#secretOf(accessKeyId, sessionToken) };
  }

  #secretOf(accessKeyId: string, sessionToken: string): string {
    return createHmac('sha256', this.#secretKey)
      .update(`${accessKeyId}\n${sessionToken}`)
      .digest('base64')
      .slice(0, 40);
  }

  #open(sessionToken: string, accessKeyId: string): SessionClaims | undefined {
    if (sessionToken.length > LONGEST_TOKEN) return undefined;
    const token = Buffer.from(sessionToken, 'base64');
    const [version] = token;
    if (token.byteLength <= 1 + NONCE_BYTES + TAG_BYTES) return undefined;
    if (version !== VERSION && version !== COMPRESSED) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#sealingKey, token.subarray(1, 1 + NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(accessKeyId));
    decipher.setAuthTag(token.subarray(-TAG_BYTES));
    try {
      const opened = Buffer.concat([
        decipher.update(token.subarray(1 + NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]);
      const plain = version === VERSION ? opened : inflateRawSync(opened);
      return JSON.parse(plain.toString('utf8')) as SessionClaims;
    } catch {
      return undefined;
    }
  }
}

/** The principal of a session in a role: `arn:aws:iam::1:role/path/name` becomes `arn:aws:sts::1:assumed-role/name/session`. */
export function assumedRoleArn(roleArn: string, sessionName: string): string {
  const [, partition = 'aws', , , account = '', resource = ''] = roleArn.split(':');
  const roleName = resource.slice(resource.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`;
}

/** 16 characters of the alphabet that AWS's access key ids use. */
function randomKeyIdPart(): string {
  return Array.from(randomBytes(16), (byte) => KEY_ID_ALPHABET[byte % 32]).join('');
}
