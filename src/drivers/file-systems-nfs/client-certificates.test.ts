import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { MemoryMountGrants } from '../../agent/file-systems/mount-grants.ts';
import { ClientCertificates } from './client-certificates.ts';

const run = promisify(execFile);
const GRANT = {
  fileSystemId: 'fs-0123456789abcdef0',
  accessPointId: 'fsap-0123456789abcdef0',
  ...{ readOnly: false, squashRoot: true },
};

describe('certificates of mounts', () => {
  it('are known by their fingerprints for as long as the mount lasts', () => {
    const grants = new MemoryMountGrants();
    const client = new ClientCertificates(grants).client(GRANT, 'task1');
    const { cert } = client.identity();
    const { fingerprint256, subject, publicKey } = new X509Certificate(cert);
    assert.equal(subject, 'CN=task1');
    assert.ok(new X509Certificate(cert).verify(publicKey));
    assert.deepEqual(grants.find(fingerprint256), GRANT);
    assert.equal(client.identity().cert, cert);
    client.end();
    assert.equal(grants.find(fingerprint256), undefined);
  });

  it('are each of one mount, though they share a key', () => {
    const grants = new MemoryMountGrants();
    const certificates = new ClientCertificates(grants);
    const [one, other] = [true, false].map(
      (readOnly) => new X509Certificate(certificates.client({ ...GRANT, readOnly }, 'task1').identity().cert),
    );
    assert.ok(one !== undefined && other !== undefined);
    assert.equal(grants.find(one.fingerprint256)?.readOnly, true);
    assert.equal(grants.find(other.fingerprint256)?.readOnly, false);
  });

  it('hold access point and file system where amazon-efs-utils puts them', async (t) => {
    const { cert } = new ClientCertificates(new MemoryMountGrants()).client(GRANT, 'task1').identity();
    const parse = run('openssl', ['x509', '-noout', '-text', '-certopt', 'ext_parse']);
    parse.child.stdin?.end(cert);
    const printed = await parse.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (printed === undefined) {
      t.skip('openssl is missing');
      return;
    }
    const [, accessPoint] = /1\.3\.6\.1\.4\.1\.4843\.7\.1:\s*\n(.*)/.exec(printed.stdout) ?? [];
    const [, fileSystem] = /1\.3\.6\.1\.4\.1\.4843\.7\.3:\s*\n(.*)/.exec(printed.stdout) ?? [];
    assert.match(accessPoint ?? '', /UTF8STRING\s*:fsap-0123456789abcdef0$/);
    assert.match(fileSystem ?? '', /UTF8STRING\s*:fs-0123456789abcdef0$/);
  });
});
