import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { policyFault, policySize, type PolicyUse } from './check-policy.ts';

const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const TRUST = {
  Effect: 'Allow',
  Principal: { Service: 'ecs-tasks.amazonaws.com' },
  Action: 'sts:AssumeRole',
};

interface Case {
  readonly name: string;
  readonly use?: PolicyUse;
  readonly statement?: unknown;
  readonly text?: string;
  readonly fault: string | undefined;
}

const CASES: readonly Case[] = [
  { name: 'one statement', statement: ALLOW, fault: undefined },
  { name: 'several', statement: [ALLOW, { ...ALLOW, Effect: 'Deny' }], fault: undefined },
  { name: 'no JSON', text: '{', fault: 'Syntax errors in policy.' },
  { name: 'a list', text: '[]', fault: 'Syntax errors in policy.' },
  {
    name: 'the older language',
    text: JSON.stringify({ Version: '2008-10-17', Statement: ALLOW }),
    fault: 'Policy document must be version 2012-10-17 or greater.',
  },
  { name: 'no statement', statement: [], fault: 'Syntax errors in policy.' },
  { name: 'a statement that is none', statement: ['x'], fault: 'Syntax errors in policy.' },
  { name: 'an unknown member', statement: { ...ALLOW, Actions: 'x' }, fault: 'Syntax errors in policy.' },
  { name: 'another effect', statement: { ...ALLOW, Effect: 'Permit' }, fault: 'Syntax errors in policy.' },
  {
    name: 'a principal',
    statement: { ...ALLOW, Principal: '*' },
    fault: 'Policy document should not specify a principal.',
  },
  {
    name: 'no action',
    statement: { Effect: 'Allow', Resource: '*' },
    fault: 'Policy statement must contain actions.',
  },
  {
    name: 'no resource',
    statement: { Effect: 'Allow', Action: '*' },
    fault: 'Policy statement must contain resources.',
  },
  {
    name: 'an action of nobody',
    statement: { ...ALLOW, Action: ['GetObject'] },
    fault: 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  },
  {
    name: 'a resource that is no ARN',
    statement: { ...ALLOW, Resource: 'bucket' },
    fault: 'Resource bucket must be in ARN format or "*".',
  },
  {
    name: 'another partition',
    statement: { ...ALLOW, Resource: 'arn:any:s3:::bucket' },
    fault: 'Partition "any" is not valid for resource "arn:any:s3:::bucket".',
  },
  {
    name: 'any partition',
    statement: { ...ALLOW, Resource: ['arn:*:s3:::bucket', 'arn:aws-cn:s3:::b'] },
    fault: undefined,
  },
  {
    name: 'a SID of other characters',
    statement: { ...ALLOW, Sid: 'a b' },
    fault:
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  },
  {
    name: 'one SID twice',
    statement: [
      { ...ALLOW, Sid: 'a' },
      { ...ALLOW, Sid: 'a' },
    ],
    fault: 'Statement IDs (SID) in a single policy must be unique.',
  },
  {
    name: 'an operator that there is not',
    statement: { ...ALLOW, Condition: { StringIs: { a: 'b' } } },
    fault: 'Syntax errors in policy.',
  },
  { name: 'trust in tasks', use: 'trust', statement: TRUST, fault: undefined },
  {
    name: 'trust in everybody, by the older language',
    use: 'trust',
    text: JSON.stringify({ Version: '2008-10-17', Statement: { ...TRUST, Principal: '*' } }),
    fault: undefined,
  },
  { name: 'trust that is no JSON', use: 'trust', text: 'x', fault: 'This policy contains invalid Json' },
  {
    name: 'trust in nobody',
    use: 'trust',
    statement: { ...TRUST, Principal: undefined },
    fault: 'Missing required field Principal',
  },
  {
    name: 'trust with a resource',
    use: 'trust',
    statement: { ...TRUST, Resource: '*' },
    fault: 'Has prohibited field Resource',
  },
  {
    name: 'trust for something else',
    use: 'trust',
    statement: { ...TRUST, Action: 's3:*' },
    fault: 'AssumeRole policy may only specify STS AssumeRole actions.',
  },
  {
    name: 'trust in a principal of no form',
    use: 'trust',
    statement: { ...TRUST, Principal: { AWS: ['arn:aws:iam::1:root'] } },
    fault: 'Invalid principal in policy: "AWS":"arn:aws:iam::1:root"',
  },
  {
    name: 'trust in a service that is none',
    use: 'trust',
    statement: { ...TRUST, Principal: { Service: 'tasks' } },
    fault: 'Invalid principal in policy: "SERVICE":"tasks"',
  },
  {
    name: 'trust in accounts, roles, sessions',
    use: 'trust',
    statement: {
      ...TRUST,
      Principal: {
        AWS: [
          '111122223333',
          'arn:aws:iam::111122223333:root',
          'arn:aws:iam::111122223333:role/a/b',
          'arn:aws:sts::111122223333:assumed-role/a/b',
        ],
      },
    },
    fault: undefined,
  },
];

describe('a policy document that IAM is given', () => {
  for (const { name, use = 'identity', statement, text, fault } of CASES) {
    it(`${name}: ${fault ?? 'nothing is wrong'}`, () => {
      const document = text ?? JSON.stringify({ Version: '2012-10-17', Statement: statement });
      assert.equal(policyFault(document, use), fault);
    });
  }

  it('counts without its white space', () => {
    assert.equal(policySize(' { "a" :\n\t1 }\r\n'), 7);
  });
});
