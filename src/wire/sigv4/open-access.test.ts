import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WireRequest } from './canonical-request.ts';
import { createCredentialSource } from './credentials.ts';
import { identifyOpenCaller } from './open-access.ts';
import { signRequest } from './sign.ts';

const ACCOUNT = '000000000000';
const CREDENTIALS = createCredentialSource([]);
const EMPTY = new Uint8Array();

describe('open access', () => {
  const options = { credentials: CREDENTIALS, defaultAccount: ACCOUNT, defaultRegion: 'us-east-1' };
  const caller = (request: WireRequest): string => {
    const { account, region } = identifyOpenCaller(request, options);
    return `${account} ${region}`;
  };
  const signedWith = (accessKeyId: string, region: string): WireRequest => {
    const request = { method: 'POST', url: '/', headers: { host: 'h' }, body: EMPTY };
    const credentials = { accessKeyId, secretAccessKey: 'any' };
    const added = signRequest(request, { credentials, region, service: 'ecs', nowMs: 0 });
    return { ...request, headers: { ...request.headers, ...added } };
  };

  it('takes a 12-digit access key id as the account', () => {
    assert.equal(caller(signedWith('111122223333', 'ap-south-1')), '111122223333 ap-south-1');
  });

  it('takes anything else as the default account', () => {
    assert.equal(caller(signedWith('test', 'eu-north-1')), `${ACCOUNT} eu-north-1`);
    assert.equal(caller(signedWith('test', 'not a region')), `${ACCOUNT} us-east-1`);
    assert.equal(caller({ method: 'POST', url: '/', headers: {}, body: EMPTY }), `${ACCOUNT} us-east-1`);
    assert.equal(
      caller({ method: 'POST', url: '/', headers: { authorization: 'Bearer x' }, body: EMPTY }),
      `${ACCOUNT} us-east-1`,
    );
  });
});
