/** Certificates of clients that mount file systems, as amazon-efs-utils makes them: by OpenSSL, signed by themselves. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SaidByClient {
  readonly accessPointId?: string;
  readonly fileSystemId: string;
}

/** PEM. */
export function clientCertificate({ accessPointId, fileSystemId }: SaidByClient): {
  cert: string;
  key: string;
} {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-'));
  const [config, cert, key] = ['config.conf', 'cert.pem', 'key.pem'].map((name) => join(directory, name));
  try {
    writeFileSync(config ?? '', configuration(accessPointId, fileSystemId));
    const words = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
    const files = ['-config', config ?? '', '-keyout', key ?? '', '-out', cert ?? ''];
    execFileSync('openssl', ['req', ...words, ...files], { stdio: 'pipe' });
    return { cert: readFileSync(cert ?? '', 'utf8'), key: readFileSync(key ?? '', 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function configuration(accessPointId: string | undefined, fileSystemId: string): string {
  return [
    '[ req ]',
    'prompt = no',
    'distinguished_name = req_distinguished_name',
    'x509_extensions = v3_ca',
    '[ req_distinguished_name ]',
    'CN = client',
    '[ v3_ca ]',
    'subjectKeyIdentifier = hash',
    ...(accessPointId === undefined ? [] : [`1.3.6.1.4.1.4843.7.1 = ASN1:UTF8String:${accessPointId}`]),
    `1.3.6.1.4.1.4843.7.3 = ASN1:UTF8String:${fileSystemId}`,
    '',
  ].join('\n');
}
