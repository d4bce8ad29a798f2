import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DecidingPolicies, decide } from './decide.ts';
import { parsePolicy, type PolicyDocument } from './policy-document.ts';

const ACCOUNT = '111122223333';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const OTHER = `arn:aws:iam::${ACCOUNT}:role/other`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/0123`;
const SECRET = `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:blue-abcdef`;

const policy = (...statements: readonly object[]): PolicyDocument =>
  parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements })) ?? assert.fail('no policy');
const ALLOW = { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' };
const DENY = { ...ALLOW, Effect: 'Deny' };
const NOTHING: PolicyDocument = [];
const allowing = policy(ALLOW);
const denying = policy(DENY);
const naming = (principal: string, statement: object = ALLOW) =>
  policy({ ...statement, Principal: { AWS: principal } });

const CASES: readonly [name: string, policies: DecidingPolicies, verdict: string][] = [
  ['the role may', { identity: allowing }, 'yes'],
  ['nobody says so', { identity: NOTHING }, 'identity-based'],
  ['the role may not', { identity: policy(ALLOW, DENY) }, 'identity-based, explicit'],
  ['the session may less', { identity: allowing, sessions: [NOTHING] }, 'session'],
  ['the session may not', { identity: allowing, sessions: [allowing, denying] }, 'session, explicit'],
  ['the session may as much', { identity: allowing, sessions: [allowing, allowing] }, 'yes'],
  ['the session alone may', { identity: NOTHING, sessions: [allowing] }, 'identity-based'],
  ['the resource lets the role', { identity: NOTHING, resource: naming(ROLE) }, 'yes'],
  ['the resource lets the session', { identity: NOTHING, resource: naming(SESSION) }, 'yes'],
  [
    'the resource leaves it to the account',
    { identity: NOTHING, resource: naming(ACCOUNT) },
    'identity-based',
  ],
  ['the resource lets another role', { identity: NOTHING, resource: naming(`${ROLE}2`) }, 'identity-based'],
  ['the boundary allows it, too', { identity: allowing, boundary: allowing }, 'yes'],
  ['the boundary alone allows it', { identity: NOTHING, boundary: allowing }, 'identity-based'],
  ['the boundary does not speak of it', { identity: allowing, boundary: NOTHING }, 'boundary'],
  ['the boundary denies it', { identity: allowing, boundary: denying }, 'boundary, explicit'],
  [
    'the resource lets the role go beyond its boundary',
    { identity: NOTHING, boundary: NOTHING, resource: naming(ROLE) },
    'boundary',
  ],
  [
    'the resource lets everybody go beyond the boundary',
    { identity: NOTHING, boundary: NOTHING, resource: policy({ ...ALLOW, NotPrincipal: { AWS: OTHER } }) },
    'boundary',
  ],
  [
    'the resource lets the very session go beyond all bounds',
    { identity: NOTHING, boundary: NOTHING, sessions: [NOTHING], resource: naming(SESSION) },
    'yes',
  ],
  [
    'the resource lets the session do what the boundary denies',
    { identity: NOTHING, boundary: denying, resource: naming(SESSION) },
    'boundary, explicit',
  ],
  [
    'the boundary bounds it elsewhere, too',
    { identity: allowing, boundary: NOTHING, isForeign: true, resource: naming(SESSION) },
    'boundary',
  ],
  [
    'boundary and session are silent',
    { identity: allowing, boundary: NOTHING, sessions: [NOTHING] },
    'boundary',
  ],
  [
    'the resource denies the account',
    { identity: allowing, resource: naming(ACCOUNT, DENY) },
    'resource-based, explicit',
  ],
  ['only the role may, elsewhere', { identity: allowing, isForeign: true }, 'resource-based'],
  [
    'only the resource lets it, elsewhere',
    { identity: NOTHING, isForeign: true, resource: naming(ROLE) },
    'identity-based',
  ],
  ['both do, elsewhere', { identity: allowing, isForeign: true, resource: naming(ACCOUNT) }, 'yes'],
];

describe('a decision', () => {
  for (const [name, policies, verdict] of CASES) {
    it(`where ${name}: ${verdict}`, () => {
      const request = {
        principal: { type: 'AWS', id: SESSION },
        action: 'secretsmanager:GetSecretValue',
        resource: SECRET,
        context: {},
      } as const;
      const decision = decide(request, policies);
      const words = decision.allowed ? 'yes' : `${decision.kind}${decision.explicit ? ', explicit' : ''}`;
      assert.equal(words, verdict);
    });
  }
});
