import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluatePolicy, type PolicyRequest, type PolicyVerdict } from './evaluate-policy.ts';
import { parsePolicy } from './policy-document.ts';

const ROLE = 'arn:aws:iam::111122223333:role/team/app';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/app/0123';
const BUCKET = 'arn:aws:s3:::blue';

const ALLOW = { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' };

interface Case {
  readonly name: string;
  readonly statements: readonly object[];
  /** null: somebody without credentials. */
  readonly principal?: string | null;
  readonly request?: Partial<PolicyRequest>;
  readonly verdict: PolicyVerdict;
}

const CASES: readonly Case[] = [
  { name: 'what is allowed', statements: [ALLOW], verdict: 'allow' },
  {
    name: 'an action in other letters',
    statements: [{ ...ALLOW, Action: 'S3:getOBJECT' }],
    verdict: 'allow',
  },
  { name: 'another action', statements: [{ ...ALLOW, Action: 's3:Put*' }], verdict: 'none' },
  { name: 'another service', statements: [{ ...ALLOW, Action: 'ec2:*' }], verdict: 'none' },
  { name: 'all but an action', statements: [without('Action', { NotAction: 's3:Put*' })], verdict: 'allow' },
  { name: 'all but this action', statements: [without('Action', { NotAction: 's3:Get*' })], verdict: 'none' },
  { name: 'another resource', statements: [{ ...ALLOW, Resource: `${BUCKET}/x` }], verdict: 'none' },
  {
    name: 'a resource by pattern',
    statements: [{ ...ALLOW, Resource: 'arn:aws:s3:::bl?e' }],
    verdict: 'allow',
  },
  {
    name: 'all but this resource',
    statements: [without('Resource', { NotResource: BUCKET })],
    verdict: 'none',
  },
  { name: 'no resource named', statements: [without('Resource', {})], verdict: 'allow' },
  {
    name: 'a deny beside an allow',
    statements: [ALLOW, { ...ALLOW, Effect: 'Deny', Action: 's3:GetObject' }],
    verdict: 'deny',
  },
  {
    name: 'a deny whose condition does not hold',
    statements: [
      ALLOW,
      { ...ALLOW, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ],
    request: { context: { 'aws:SecureTransport': 'true' } },
    verdict: 'allow',
  },
  {
    name: 'two conditions of which one holds',
    statements: [{ ...ALLOW, Condition: { StringEquals: { 'a:b': 'c', 'a:d': 'e' } } }],
    request: { context: { 'a:b': 'c' } },
    verdict: 'none',
  },
  { name: 'everybody', statements: [ALLOW], principal: null, verdict: 'allow' },
  { name: 'everybody of AWS', statements: [principal({ AWS: '*' })], principal: null, verdict: 'allow' },
  { name: 'nobody, by a role', statements: [principal({ AWS: ROLE })], principal: null, verdict: 'none' },
  { name: 'the role', statements: [principal({ AWS: ['arn:x', ROLE] })], verdict: 'allow' },
  { name: 'another role', statements: [principal({ AWS: `${ROLE}2` })], verdict: 'none' },
  {
    name: 'a session, by its role',
    statements: [principal({ AWS: ROLE })],
    principal: SESSION,
    verdict: 'allow',
  },
  { name: 'a session', statements: [principal({ AWS: SESSION })], principal: SESSION, verdict: 'allow' },
  {
    name: 'another session',
    statements: [principal({ AWS: `${SESSION}4` })],
    principal: SESSION,
    verdict: 'none',
  },
  { name: 'the account', statements: [principal({ AWS: '111122223333' })], verdict: 'allow' },
  { name: 'its root', statements: [principal({ AWS: 'arn:aws:iam::111122223333:root' })], verdict: 'allow' },
  { name: 'another account', statements: [principal({ AWS: '444455556666' })], verdict: 'none' },
  { name: 'a service', statements: [principal({ Service: 'ecs.amazonaws.com' })], verdict: 'none' },
  {
    name: 'all but the role',
    statements: [without('Principal', { NotPrincipal: { AWS: ROLE } })],
    verdict: 'none',
  },
  {
    name: 'all but another role',
    statements: [ALLOW, without('Principal', { Effect: 'Deny', NotPrincipal: { AWS: `${ROLE}2` } })],
    verdict: 'deny',
  },
  { name: 'a policy of an identity', statements: [without('Principal', {})], verdict: 'allow' },
];

describe('policies', () => {
  for (const { name, statements, verdict, request, principal: asks = ROLE } of CASES) {
    it(`say ${verdict}: ${name}`, () => {
      const policy = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
      assert.ok(policy, 'is a policy');
      const whole: PolicyRequest = {
        ...(asks !== null && { principal: { type: 'AWS', id: asks } }),
        action: 's3:GetObject',
        resource: BUCKET,
        context: {},
        ...request,
      };
      assert.equal(evaluatePolicy(policy, whole), verdict);
    });
  }
});

function without(member: keyof typeof ALLOW, instead: object): object {
  return { ...ALLOW, [member]: undefined, ...instead };
}

function principal(value: object): object {
  return { ...ALLOW, Principal: value };
}
