import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holds } from './policy-condition.ts';

const CONTEXT = {
  'aws:SecureTransport': 'true',
  'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/app/one',
  'aws:SourceIp': '203.0.113.9',
  'aws:CurrentTime': '2026-05-01T12:00:00Z',
  'aws:TagKeys': ['blue', 'green'],
  'app:name': 'Ana',
  'app:size': '12',
};

/** Of the key `key`, against one or more values. */
const CASES: readonly [operator: string, key: string, values: string | string[], result: boolean][] = [
  ['StringEquals', 'app:name', 'Ana', true],
  ['StringEquals', 'APP:NAME', ['Bob', 'Ana'], true],
  ['StringEquals', 'app:name', 'ana', false],
  ['StringEquals', 'app:name', 'A*', false],
  ['StringEquals', 'app:name', '${app:name}', true],
  ['StringEquals', 'app:missing', 'Ana', false],
  ['StringNotEquals', 'app:name', ['Bob', 'Ana'], false],
  ['StringNotEquals', 'app:name', 'Bob', true],
  ['StringNotEquals', 'app:missing', 'Bob', true],
  ['StringEqualsIgnoreCase', 'app:name', 'aNA', true],
  ['StringLike', 'app:name', 'A?a', true],
  ['StringNotLike', 'app:name', 'A*', false],
  ['StringEqualsIfExists', 'app:missing', 'Ana', true],
  ['StringEqualsIfExists', 'app:name', 'Bob', false],
  ['Bool', 'aws:SecureTransport', 'TRUE', true],
  ['Bool', 'aws:SecureTransport', 'false', false],
  ['BoolIfExists', 'app:missing', 'true', true],
  ['Null', 'app:missing', 'true', true],
  ['Null', 'app:missing', 'false', false],
  ['Null', 'app:name', 'false', true],
  ['ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/app/*', true],
  ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:role/app/*', true],
  ['ArnLike', 'aws:PrincipalArn', 'arn:*:role/app/one', false],
  ['ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:role/other/*', true],
  ['ArnLike', 'app:name', 'arn:aws:iam::111122223333:role/*', false],
  ['NumericEquals', 'app:size', '12.0', true],
  ['NumericLessThan', 'app:size', '12', false],
  ['NumericLessThanEquals', 'app:size', '12', true],
  ['NumericGreaterThan', 'app:size', '2', true],
  ['NumericGreaterThanEquals', 'app:name', '0', false],
  ['NumericNotEquals', 'app:size', '13', true],
  ['DateLessThan', 'aws:CurrentTime', '2026-05-02T00:00:00Z', true],
  ['DateGreaterThan', 'aws:CurrentTime', '1777636800', false],
  ['DateGreaterThanEquals', 'aws:CurrentTime', '1777636800', true],
  ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', true],
  ['IpAddress', 'aws:SourceIp', '203.0.113.77/24', true],
  ['IpAddress', 'aws:SourceIp', '203.0.113.8', false],
  ['NotIpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32'], true],
  ['ForAllValues:StringEquals', 'aws:TagKeys', ['blue', 'green', 'red'], true],
  ['ForAllValues:StringEquals', 'aws:TagKeys', 'blue', false],
  ['ForAllValues:StringEquals', 'app:missing', 'blue', true],
  ['ForAnyValue:StringEquals', 'aws:TagKeys', 'blue', true],
  ['ForAnyValue:StringEquals', 'app:missing', 'blue', false],
  ['ForAnyValue:StringNotEquals', 'aws:TagKeys', 'blue', true],
  ['ForAnyValue:StringNotEquals', 'app:missing', 'blue', false],
  ['StringEquals', 'aws:TagKeys', 'green', true],
  ['StringNotEquals', 'aws:TagKeys', 'green', false],
];

describe('a condition of a policy', () => {
  for (const [operator, key, values, result] of CASES) {
    it(`${operator} ${key} ${String(values)} ${result ? 'holds' : 'does not hold'}`, () => {
      assert.equal(holds({ operator, key, values: [values].flat() }, CONTEXT), result);
    });
  }
});
