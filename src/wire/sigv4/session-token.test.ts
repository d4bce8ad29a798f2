import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isApiError } from '../../domain/errors.ts';
import type { WireRequest } from './canonical-request.ts';
import { createCredentialSource } from './credentials.ts';
import { assumedRoleArn, SessionTokens } from './session-token.ts';
import { signRequest } from './sign.ts';
import { type Caller, SignatureVerifier } from './verify.ts';

const NOW = Date.UTC(2015, 7, 30, 12, 36, 0);
const TOKENS = new SessionTokens(Buffer.alloc(32, 7));
const EMPTY = new Uint8Array();

function verify(request: WireRequest, nowMs = NOW): Caller {
  const credentials = createCredentialSource([], TOKENS);
  return new SignatureVerifier({ credentials, nowMs: () => nowMs }).verify(request, 'logs');
}

function refusal(request: WireRequest, nowMs = NOW): [string, string] {
  try {
    verify(request, nowMs);
  } catch (error) {
    assert.ok(isApiError(error));
    return [error.code, error.message];
  }
  assert.fail('the request was accepted');
}

describe('session credentials', () => {
  const claims = {
    account: '123456789012',
    principalArn: assumedRoleArn('arn:aws:iam::123456789012:role/team/worker', 'task1'),
    expiresAtMs: NOW + 3_600_000,
    taskArn: 'arn:aws:ecs:eu-west-1:123456789012:task/default/0123456789abcdef0123456789abcdef',
  };
  const session = TOKENS.mint(claims);

  function signedBy(credentials: typeof session, nowMs = NOW): WireRequest {
    const headers = { host: 'localhost' };
    const request = { method: 'POST', url: '/', headers, body: EMPTY };
    const options = { credentials, region: 'eu-west-1', service: 'logs', nowMs };
    return { ...request, headers: { ...headers, ...signRequest(request, options) } };
  }

  it('look like AWS session keys and differ each time', () => {
    assert.match(session.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.match(session.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    assert.notEqual(TOKENS.mint(claims).secretAccessKey, session.secretAccessKey);
    assert.equal(session.expiresAt, claims.expiresAtMs);
  });

  it('hold long policies in a token that a header has room for', () => {
    const statement = { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: '*' };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: Array(100).fill(statement) });
    const { sessionToken, accessKeyId } = TOKENS.mint({ ...claims, sessionPolicies: [policy] });
    assert.ok(sessionToken.length < 1000, `${sessionToken.length} of ${policy.length}`);
    assert.deepEqual(TOKENS.verify(sessionToken, accessKeyId)?.sessionPolicies, [policy]);
    const bytes = Buffer.from(sessionToken, 'base64');
    bytes[0] = 1;
    assert.equal(TOKENS.verify(bytes.toString('base64'), accessKeyId), undefined, 'of another form');
  });

  it('sign requests as the role until they expire', () => {
    assert.deepEqual(verify(signedBy(session)), {
      account: '123456789012',
      region: 'eu-west-1',
      principalArn: 'arn:aws:sts::123456789012:assumed-role/worker/task1',
    });
    const late = claims.expiresAtMs + 1;
    assert.deepEqual(refusal(signedBy(session, late), late), [
      'ExpiredTokenException',
      'The security token included in the request is expired',
    ]);
  });

  it('are bound to their key id, their token and the server secret', () => {
    const other = TOKENS.mint(claims);
    assert.equal(TOKENS.verify(session.sessionToken, other.accessKeyId), undefined);
    assert.equal(
      new SessionTokens(Buffer.alloc(32, 8)).verify(session.sessionToken, session.accessKeyId),
      undefined,
    );
    assert.equal(
      refusal(signedBy({ ...session, sessionToken: other.sessionToken }))[0],
      'UnrecognizedClientException',
    );
    assert.equal(
      refusal(signedBy({ ...session, secretAccessKey: other.secretAccessKey }))[0],
      'InvalidSignatureException',
    );
    assert.equal(TOKENS.verify(session.sessionToken, session.accessKeyId)?.taskArn, claims.taskArn);
  });

  it('keep their claims sealed and survive any token text', () => {
    assert.doesNotMatch(
      Buffer.from(session.sessionToken, 'base64').toString('latin1'),
      /worker|123456789012/,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String({ maxLength: 6000 })), (token) => {
        assert.equal(TOKENS.verify(token, session.accessKeyId), undefined);
      }),
    );
  });
});
