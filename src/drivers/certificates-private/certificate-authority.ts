/**
 * A private authority and the certificates that it makes for servers, each when its name is asked for first. All servers
 * of a process share one key pair, so that a name costs one signature.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { ServerCertificate } from '../../domain/server-certificate.ts';
import type { Certificates } from '../../ports/certificates.ts';
import type { Clock } from '../../ports/clock.ts';
import { keyId, makeCertificate } from '../x509/certificate.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 30;
/** A certificate is made anew when less than this is left of it. */
const RENEW_DAYS = 7;
/** Clocks of containers may be behind. */
const EARLIER_MS = DAY_MS;
const MOST_NAMES = 512;

export interface AuthorityFiles {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8; for nobody else. */
  readonly key: string;
}

/** A new authority, for ten years. */
export function makeAuthority({ now }: { now: number }): AuthorityFiles {
  const { publicKey, privateKey } = newKeys();
  const name = authorityName(publicKey);
  const cert = makeCertificate({
    subject: name,
    issuer: name,
    publicKey,
    issuerPublicKey: publicKey,
    issuerKey: privateKey,
    from: now - EARLIER_MS,
    until: now + AUTHORITY_DAYS * DAY_MS,
    use: 'authority',
  });
  return { cert, key: pemOf(privateKey) };
}

export class CertificateAuthority implements Certificates {
  readonly authority: string;
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #server = newKeys();
  readonly #serverKey = pemOf(this.#server.privateKey);
  readonly #clock: Pick<Clock, 'now'>;
  readonly #made = new Map<string, ServerCertificate>();

  /** Throws `invalid` when certificate and key do not belong together. */
  constructor(files: AuthorityFiles, clock: Pick<Clock, 'now'>) {
    this.authority = files.cert;
    this.#key = createPrivateKey(files.key);
    this.#publicKey = createPublicKey(this.#key);
    this.#clock = clock;
    if (!new X509Certificate(files.cert).checkPrivateKey(this.#key)) {
      throw new AppError('invalid', "the authority's certificate is of another key");
    }
  }

  forName(name: string): ServerCertificate {
    const now = this.#clock.now();
    const known = this.#made.get(name);
    if (known !== undefined && known.expiresAt - RENEW_DAYS * DAY_MS > now) return known;
    const made = this.#issue(name, now);
    this.#made.delete(name);
    this.#made.set(name, made);
    const [oldest] = this.#made.keys();
    if (this.#made.size > MOST_NAMES && oldest !== undefined) this.#made.delete(oldest);
    return made;
  }

  #issue(name: string, now: number): ServerCertificate {
    const expiresAt = now + SERVER_DAYS * DAY_MS;
    const cert = makeCertificate({
      // A common name has at most 64 characters; clients read the name that `use` holds.
      subject: 'Neargate service',
      publicKey: this.#server.publicKey,
      issuer: authorityName(this.#publicKey),
      issuerPublicKey: this.#publicKey,
      issuerKey: this.#key,
      from: now - EARLIER_MS,
      until: expiresAt,
      use: { server: name },
    });
    return { cert: cert + this.authority, key: this.#serverKey, expiresAt };
  }
}

/** Another one for every key: a client may believe several. */
function authorityName(publicKey: KeyObject): string {
  return `Neargate private authority ${keyId(publicKey).toString('hex').slice(0, 8)}`;
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
