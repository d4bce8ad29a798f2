import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isApiError } from '../../domain/errors.ts';
import { canonicalRequest, type WireRequest } from './canonical-request.ts';
import { createCredentialSource } from './credentials.ts';
import { SessionTokens } from './session-token.ts';
import { signRequest } from './sign.ts';
import {
  deriveSigningKey,
  formatTimestamp,
  parseTimestamp,
  SigningKey,
  stringToSign,
} from './signing-key.ts';
import { SignatureVerifier } from './verify.ts';

const ACCOUNT = '000000000000';
const KEY = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const NOW = Date.UTC(2015, 7, 30, 12, 36, 0);
const TOKENS = new SessionTokens(Buffer.alloc(32, 7));
const CREDENTIALS = createCredentialSource([{ ...KEY, account: ACCOUNT }], TOKENS);
const EMPTY = new Uint8Array();

const verifierAt = (nowMs: number): SignatureVerifier =>
  new SignatureVerifier({ credentials: CREDENTIALS, nowMs: () => nowMs });

/** A request of AWS's published test suite: headers host and x-amz-date, service `service`. */
function suiteRequest(
  method: string,
  url: string,
  signature: string,
  more: Partial<WireRequest> = {},
): WireRequest {
  const headers = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', ...more.headers };
  const signed = Object.keys(headers).sort().join(';');
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signed}, Signature=${signature}`;
  return { method, url, body: EMPTY, ...more, headers: { ...headers, authorization } };
}

const SUITE: readonly { readonly name: string; readonly request: WireRequest }[] = [
  {
    name: 'get-vanilla',
    request: suiteRequest('GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'),
  },
  {
    name: 'get-vanilla-query-order-key-case',
    request: suiteRequest(
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ),
  },
  {
    name: 'post-vanilla',
    request: suiteRequest('POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'),
  },
  {
    name: 'post-x-www-form-urlencoded',
    request: suiteRequest('POST', '/', 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from('Param1=value1'),
    }),
  },
  {
    name: 'get-header-value-trim',
    request: suiteRequest('GET', '/', 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736', {
      headers: { 'my-header1': 'value1', 'my-header2': '"a   b   c"' },
    }),
  },
  {
    name: 'get-header-key-duplicate',
    request: suiteRequest('GET', '/', 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea', {
      headers: { 'my-header1': 'value2, value2, value1' },
      rawHeaders: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    }),
  },
];

function signed(
  overrides: { readonly target?: string; readonly nowMs?: number; readonly body?: string } = {},
): WireRequest {
  const body = Buffer.from(overrides.body ?? '{}');
  const headers = { host: '127.0.0.1:4580', 'x-amz-target': overrides.target ?? 'X.Y' };
  const added = signRequest(
    { method: 'POST', url: '/', headers, body },
    { credentials: KEY, region: 'eu-west-1', service: 'ecs', nowMs: overrides.nowMs ?? NOW },
  );
  return { method: 'POST', url: '/', headers: { ...headers, ...added }, body };
}

function refusal(request: WireRequest, nowMs = NOW, service = 'ecs'): [string, string] {
  try {
    verifierAt(nowMs).verify(request, service);
  } catch (error) {
    assert.ok(isApiError(error));
    return [error.code, error.message];
  }
  assert.fail('the request was accepted');
}

const with_ = (request: WireRequest, headers: Record<string, string | undefined>): WireRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

describe('SigV4 keys', () => {
  it('derives the signing key of the published example', () => {
    const scope = { date: '20150830', region: 'us-east-1', service: 'iam' };
    const key = deriveSigningKey(KEY.secretAccessKey, scope);
    assert.equal(key.toString('hex'), 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
    const canonical = canonicalRequest(
      {
        method: 'GET',
        url: '/?Action=ListUsers&Version=2010-05-08',
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
          host: 'iam.amazonaws.com',
          'x-amz-date': '20150830T123600Z',
        },
      },
      'iam',
      ['content-type', 'host', 'x-amz-date'],
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    assert.equal(
      new SigningKey(key).sign(stringToSign(canonical, '20150830T123600Z', scope)),
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });

  it('reads the timestamps that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
        assert.equal(parseTimestamp(formatTimestamp(seconds * 1000)), seconds * 1000);
      }),
    );
    assert.equal(parseTimestamp('20151330T123600Z'), undefined);
    assert.equal(parseTimestamp('2015-08-30T12:36:00Z'), undefined);
  });
});

describe('SignatureVerifier', () => {
  for (const { name, request } of SUITE) {
    it(`accepts ${name} of the published test suite`, () => {
      assert.equal(verifierAt(NOW).verify(request, 'service').account, ACCOUNT);
    });
  }

  it('accepts the published presigned example until it expires', () => {
    const credentials = createCredentialSource([
      {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        account: ACCOUNT,
      },
    ]);
    const request: WireRequest = {
      method: 'GET',
      url: '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      headers: { host: 'examplebucket.s3.amazonaws.com', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      body: EMPTY,
    };
    const start = Date.UTC(2013, 4, 24);
    const verify = (nowMs: number): unknown =>
      new SignatureVerifier({ credentials, nowMs: () => nowMs }).verify(request, 's3');
    assert.deepEqual(verify(start + 86_400_000), {
      account: ACCOUNT,
      region: 'us-east-1',
      principalArn: `arn:aws:iam::${ACCOUNT}:root`,
    });
    assert.throws(
      () => verify(start + 86_401_000),
      (error) =>
        isApiError(error, 'InvalidSignatureException') && error.message.startsWith('Signature expired: '),
    );
  });

  it('says account, region and principal of what signRequest signed', () => {
    assert.deepEqual(verifierAt(NOW).verify(signed(), 'ecs'), {
      account: ACCOUNT,
      region: 'eu-west-1',
      principalArn: `arn:aws:iam::${ACCOUNT}:root`,
    });
  });

  it('refuses a changed body, target, host, date or path', () => {
    const request = signed();
    const changed: readonly WireRequest[] = [
      { ...request, body: Buffer.from('{"a":1}') },
      with_(request, { 'x-amz-target': 'X.Z' }),
      with_(request, { host: 'elsewhere' }),
      with_(request, { 'x-amz-date': formatTimestamp(NOW + 1000) }),
      { ...request, url: '/other' },
      { ...request, url: '/?a=b' },
      { ...request, method: 'PUT' },
      with_(request, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
    ];
    for (const each of changed) {
      const [code, message] = refusal(each);
      assert.equal(code, 'InvalidSignatureException');
      assert.match(
        message,
        /^The request signature we calculated does not match the signature you provided\./,
      );
    }
  });

  it('refuses a request without a signature', () => {
    const request = with_(signed(), { authorization: undefined });
    assert.deepEqual(refusal(request), [
      'MissingAuthenticationTokenException',
      'Missing Authentication Token',
    ]);
  });

  it('refuses unknown keys and foreign session tokens', () => {
    const expected = [
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ];
    const request = signed();
    const authorization = String(request.headers['authorization']).replace('AKIDEXAMPLE', 'AKIDOTHER');
    assert.deepEqual(refusal(with_(request, { authorization })), expected);
    assert.deepEqual(refusal(with_(request, { 'x-amz-security-token': 'bm90IG9uZQ==' })), expected);
  });

  it('refuses clocks that are five minutes apart, in AWS words', () => {
    assert.deepEqual(refusal(signed(), NOW + 301_000), [
      'InvalidSignatureException',
      'Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)',
    ]);
    assert.deepEqual(refusal(signed(), NOW - 301_000), [
      'InvalidSignatureException',
      'Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)',
    ]);
    verifierAt(NOW + 299_000).verify(signed(), 'ecs');
  });

  it('refuses a scope of another service, region, day or terminator', () => {
    const request = signed();
    const authorization = String(request.headers['authorization']);
    const scoped = (scope: string): [string, string] =>
      refusal(
        with_(request, {
          authorization: authorization.replace('20150830/eu-west-1/ecs/aws4_request', scope),
        }),
      );
    assert.equal(
      refusal(request, NOW, 'logs')[1],
      "Credential should be scoped to correct service: 'logs'. ",
    );
    assert.equal(
      scoped('20150830/../ecs/aws4_request')[1],
      'Credential should be scoped to a valid region. ',
    );
    assert.match(
      scoped('20150829/eu-west-1/ecs/aws4_request')[1],
      /^Date in Credential scope does not match/,
    );
    assert.match(scoped('20150830/eu-west-1/ecs/aws5_request')[1], /valid terminator/);
  });

  it('refuses a target or host that is not under the signature', () => {
    const request = signed();
    const authorization = String(request.headers['authorization']);
    const without = (name: string): string =>
      refusal(with_(request, { authorization: authorization.replace(name, 'x-amz-date') }))[1];
    assert.match(without('x-amz-target'), /^'X-Amz-Target' must be a 'SignedHeader'/);
    assert.match(without('host;'), /^'Host' or ':authority' must be a 'SignedHeader'/);
  });

  it('says what an incomplete header lacks, without repeating it', () => {
    const request = signed();
    const cases: readonly [string, RegExp][] = [
      ['AWS4-HMAC-SHA256 Signature=a', /requires 'Credential' parameter\. .*requires 'SignedHeaders'/],
      ['AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=aa', /exactly 5 slash-delimited/],
      ['Bearer sesame', /^Invalid key=value pair \(missing equal-sign\)/],
      ['AWS5 Credential=sesame', /^Unsupported AWS 'algorithm'/],
      ['', /Invalid key=value|requires 'Credential'|Unsupported/],
    ];
    for (const [authorization, pattern] of cases) {
      const [code, message] = refusal(with_(request, { authorization }));
      assert.equal(code, 'IncompleteSignatureException');
      assert.match(message, pattern);
      assert.doesNotMatch(message, /sesame/);
    }
    assert.match(refusal(with_(request, { 'x-amz-date': undefined }))[1], /'X-Amz-Date' or a 'Date' header/);
    assert.match(refusal(with_(request, { 'x-amz-date': 'yesterday' }))[1], /ISO-8601 'basic format'/);
  });

  it('answers any header with an ApiError', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.webPath(), (authorization, date, url) => {
        refusal({ ...with_(signed(), { authorization, 'x-amz-date': date }), url });
        refusal({
          ...with_(signed(), { authorization: undefined }),
          url: `/?X-Amz-Algorithm=${authorization}`,
        });
      }),
    );
  });
});
