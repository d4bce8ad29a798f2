/**
 * The certificates that mounts show to mount targets, of the form that amazon-efs-utils gives them: signed by
 * themselves, valid for hours, with the access point and the file system in extensions of Amazon's. The key pair is in
 * memory only, and another one in each process.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { MountGrant, MountGrants } from '../../ports/mount-grants.ts';
import { makeCertificate } from '../x509/certificate.ts';

const ACCESS_POINT = '1.3.6.1.4.1.4843.7.1';
const FILE_SYSTEM = '1.3.6.1.4.1.4843.7.3';
const MINUTE_MS = 60_000;
const VALID_BEFORE_MS = 15 * MINUTE_MS;
const VALID_MS = 180 * MINUTE_MS;
const RENEW_MS = 90 * MINUTE_MS;

/** For `tls.connect`. PEM. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
}

interface Shown {
  readonly identity: ClientIdentity;
  readonly fingerprint: string;
  readonly madeAt: number;
}

export class ClientCertificates {
  readonly #grants: MountGrants;
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #key = this.#keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  constructor(grants: MountGrants) {
    this.#grants = grants;
  }

  /** Somebody who may do what a grant says, until it is ended. `name` is the certificate's subject. */
  client(grant: MountGrant, name: string): MountClient {
    return new MountClient(grant, this.#grants, () => this.#make(grant, name));
  }

  #make({ fileSystemId, accessPointId }: MountGrant, name: string): ClientIdentity {
    const { publicKey, privateKey } = this.#keys;
    const now = Date.now();
    const cert = makeCertificate({
      ...{ subject: name, publicKey, issuer: name, issuerPublicKey: publicKey, issuerKey: privateKey },
      ...{ from: now - VALID_BEFORE_MS, until: now + VALID_MS },
      use: {
        client: {
          ...(accessPointId !== undefined && { [ACCESS_POINT]: accessPointId }),
          [FILE_SYSTEM]: fileSystemId,
        },
      },
    });
    return { cert, key: this.#key };
  }
}

export class MountClient {
  readonly #grant: MountGrant;
  readonly #grants: MountGrants;
  readonly #make: () => ClientIdentity;
  #shown: Shown | undefined;

  constructor(grant: MountGrant, grants: MountGrants, make: () => ClientIdentity) {
    this.#grant = grant;
    this.#grants = grants;
    this.#make = make;
  }

  /** What to show for a new connection. */
  identity(): ClientIdentity {
    if (this.#shown !== undefined && Date.now() - this.#shown.madeAt < RENEW_MS) return this.#shown.identity;
    this.end();
    const identity = this.#make();
    const { fingerprint256: fingerprint } = new X509Certificate(identity.cert);
    this.#grants.grant(fingerprint, this.#grant);
    this.#shown = { identity, fingerprint, madeAt: Date.now() };
    return identity;
  }

  /** Connections that stand go on. */
  end(): void {
    if (this.#shown !== undefined) this.#grants.revoke(this.#shown.fingerprint);
    this.#shown = undefined;
  }
}
