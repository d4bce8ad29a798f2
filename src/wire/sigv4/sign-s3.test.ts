import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCredentialSource } from './credentials.ts';
import { signRequest } from './sign.ts';
import { SignatureVerifier } from './verify.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const KEYS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const TOKEN = 'a/session+token==';

/** As botocore's S3SigV4Auth signs them: GET from 127.0.0.1:9000, region eu-west-1. */
const SIGNED: { url: string; sessionToken?: string; signature: string }[] = [
  { url: '/bucket/prod.env', signature: 'd9cbba91e7aadb6e22d0167a27812b7a826803e623f5dfb5048a626e14732ce1' },
  {
    url: '/bucket/a%20b/%C3%A4%2B%26%3D%24.env',
    signature: '390caec930b265c3bac2f46b4322f38287a83956ffc48f4d7665d3f540b8f546',
  },
  {
    url: '/bucket/a//b/~x.env',
    signature: 'f77b019804071c711da176a1c124f5325f8824cdad0ea92302564c2b9b19013c',
  },
  { url: '/', signature: '91a28112f6b22499935f3a6da0d6a771eed2d93eaea884500bded734f2b6c31e' },
  {
    url: '/bucket/prod.env',
    sessionToken: TOKEN,
    signature: '9cf43060a741413681488f8cb38da0938335dc5c55f64094bcaef8922e429d32',
  },
  {
    url: '/bucket/a//b/~x.env',
    sessionToken: TOKEN,
    signature: 'ec2a2a02bea242a64cee7c78bd475063973173fee59a262c2b88b020211ddb56',
  },
];

function signed(url: string, sessionToken?: string): Record<string, string> {
  const headers = { host: '127.0.0.1:9000' };
  const credentials = { ...KEYS, ...(sessionToken !== undefined && { sessionToken }) };
  return {
    ...headers,
    ...signRequest(
      { method: 'GET', url, headers, body: Buffer.alloc(0) },
      { credentials, region: 'eu-west-1', service: 's3', nowMs: NOW_MS },
    ),
  };
}

describe('a request to S3', () => {
  for (const { url, sessionToken, signature } of SIGNED) {
    const who = sessionToken === undefined ? 'by long-lived keys' : 'by a session';
    it(`is signed as AWS's own client signs it: ${url}, ${who}`, () => {
      assert.ok(signed(url, sessionToken)['authorization']?.endsWith(`Signature=${signature}`));
    });
  }

  it('is verified by its path as it stands', () => {
    const credentials = createCredentialSource([{ ...KEYS, account: '000000000000' }]);
    const verifier = new SignatureVerifier({ credentials, nowMs: () => NOW_MS });
    const verify = (url: string, at = url) =>
      verifier.verify({ method: 'GET', url: at, headers: signed(url), body: Buffer.alloc(0) }, 's3');
    assert.equal(verify('/bucket/a//b%20c.env').region, 'eu-west-1');
    assert.throws(() => verify('/bucket/a//b.env', '/bucket/a/b.env'), { code: 'InvalidSignatureException' });
  });
});
