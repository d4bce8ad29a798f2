import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readClientCertificate } from './client-certificate.ts';

/** Made by OpenSSL with the configuration that amazon-efs-utils writes, with an access point, a role and client info. */
const FROM_EFS_UTILS = Buffer.from(
  'MIICETCCAbegAwIBAgIBADAKBggqhkjOPQQDAjAlMSMwIQYDVQQDDBppcC0xNzItMzEtMC05LmVjMi5pbnRlcm5hbDAeFw0yNjAxMDEwMDAwMDBa' +
    'Fw0zNjAxMDEwMDAwMDBaMCUxIzAhBgNVBAMMGmlwLTE3Mi0zMS0wLTkuZWMyLmludGVybmFsMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8Kwy' +
    'vkar1xxZOF20HEbMaadGDwN95vHJHXpCRTBX6UJCdxx9zmojawD3R+E3SQmIcTVFJKy+o7IfxSZpplEFV6OB1zCB1DAdBgNVHQ4EFgQUPCoZxerR' +
    '2u9GSHIi6Vy2K0tFtUYwJQYJKwYBBAGlawcBBBgMFmZzYXAtMDEyMzQ1Njc4OWFiY2RlZjAwRgYJKwYBBAGlawcCBDkwNwwLQVNJQUVYQU1QTEUE' +
    'EDAxMjM0NTY3ODlhYmNkZWYXDTI2MTEzMDIwMDAwMFqgBwwFdG9rZW4wIwYJKwYBBAGlawcDBBYMFGZzLTBmZWRjYmE5ODc2NTQzMjEwMB8GCSsG' +
    'AQQBpWsHBAQSMBAMB2ZhcmdhdGUMBTIuMC4wMAoGCCqGSM49BAMCA0gAMEUCIAZCOz2jH0rh4nnP3mZTITvj3AfY7wOtKNbPiqfgVGh5AiEA4Gtr' +
    'OgsoWnYbhcYcdl1MHT1+vfiY3okgYJtsJo7K4Qg=',
  'base64',
);

describe('The certificate of a client of EFS', () => {
  it('names its access point and its file system', () => {
    assert.deepEqual(readClientCertificate(FROM_EFS_UTILS), {
      accessPointId: 'fsap-0123456789abcdef0',
      fileSystemId: 'fs-0fedcba9876543210',
    });
  });

  it('may be broken off anywhere, or changed, without harm', () => {
    for (let length = 0; length < FROM_EFS_UTILS.length; length += 1) {
      assert.doesNotThrow(() => readClientCertificate(FROM_EFS_UTILS.subarray(0, length)));
      const changed = Buffer.from(FROM_EFS_UTILS);
      changed[length] = 0xff;
      assert.doesNotThrow(() => readClientCertificate(changed));
    }
    assert.equal(readClientCertificate(FROM_EFS_UTILS.subarray(0, 300)), undefined);
    assert.equal(readClientCertificate(new Uint8Array()), undefined);
  });
});
