/** One X.509 certificate: of an authority, a server, or a client that signs its own. Keys are of the curve P-256. */
import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, integer, octets, oid, sequence, set, tlv, utcTime, utf8, yes } from './der.ts';

export interface CertificateRequest {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerPublicKey: KeyObject;
  readonly issuerKey: KeyObject;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
  /**
   * `authority`: it may sign servers' certificates. A server's is of that host name or IPv4 address. A client's holds
   * texts by their object identifiers.
   */
  readonly use:
    | 'authority'
    | { readonly server: string }
    | { readonly client: Readonly<Record<string, string>> };
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
};
const VERSION_3 = Buffer.of(2);
const SERIAL_BYTES = 16;
/** Tags of choices: `[n]`, of which these are explicit or primitive. */
const EXPLICIT = (n: number): number => 0xa0 + n;
const PRIMITIVE = (n: number): number => 0x80 + n;
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** PEM. */
export function makeCertificate(request: CertificateRequest): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const body = sequence(
    tlv(EXPLICIT(0), integer(VERSION_3)),
    integer(serial()),
    algorithm,
    nameOf(request.issuer),
    sequence(utcTime(request.from), utcTime(request.until)),
    nameOf(request.subject),
    spki(request.publicKey),
    tlv(EXPLICIT(3), sequence(...extensions(request))),
  );
  const signature = sign('sha256', body, request.issuerKey);
  return pem(sequence(body, algorithm, bits(signature)));
}

/** What certificates call a key. */
export function keyId(publicKey: KeyObject): Buffer {
  return createHash('sha1').update(spki(publicKey)).digest();
}

function extensions({ use, publicKey, issuerPublicKey }: CertificateRequest): Buffer[] {
  const own = extension(OID.subjectKeyId, octets(keyId(publicKey)));
  if (typeof use === 'object' && 'client' in use) {
    return [own, ...Object.entries(use.client).map(([id, text]) => extension(id, utf8(text)))];
  }
  const identifiers = [
    own,
    extension(OID.authorityKeyId, sequence(tlv(PRIMITIVE(0), keyId(issuerPublicKey)))),
  ];
  if (use === 'authority') {
    return [
      critical(OID.basicConstraints, sequence(yes(), integer(Buffer.of(0)))),
      // keyCertSign and cRLSign
      critical(OID.keyUsage, bits(Buffer.of(0b110), 1)),
      ...identifiers,
    ];
  }
  return [
    critical(OID.basicConstraints, sequence()),
    // digitalSignature
    critical(OID.keyUsage, bits(Buffer.of(0x80), 7)),
    extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
    extension(OID.alternativeNames, sequence(alternativeName(use.server))),
    ...identifiers,
  ];
}

function alternativeName(name: string): Buffer {
  return isIPv4(name)
    ? tlv(PRIMITIVE(IP_ADDRESS), Buffer.from(name.split('.').map(Number)))
    : tlv(PRIMITIVE(DNS_NAME), Buffer.from(name, 'latin1'));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), octets(value));
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(oid(id), yes(), octets(value));
}

function nameOf(commonName: string): Buffer {
  return sequence(set(sequence(oid(OID.commonName), utf8(commonName))));
}

function spki(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** Positive, without leading zeros. */
function serial(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
