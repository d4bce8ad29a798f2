import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePolicy } from './policy-document.ts';

const STATEMENT = { Effect: 'Allow', Principal: '*', Action: 's3:Get*', Resource: '*' };

function parsed(statement: unknown, others: object = {}): ReturnType<typeof parsePolicy> {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement, ...others }));
}

describe('a policy document', () => {
  it('has one statement, or several', () => {
    assert.equal(parsed(STATEMENT, { Id: 'mine' })?.length, 1);
    assert.equal(parsed([{ ...STATEMENT, Sid: 'One' }, STATEMENT])?.length, 2);
  });

  it('may leave out the principal, and the resource', () => {
    assert.deepEqual(parsed({ Effect: 'Deny', Action: ['s3:*'], Condition: { Bool: { 'a:b': true } } }), [
      {
        effect: 'Deny',
        actions: { except: false, patterns: ['s3:*'] },
        conditions: [{ operator: 'Bool', key: 'a:b', values: ['true'] }],
      },
    ]);
  });

  it('of the older version has no variables', () => {
    const [statement] = parsed({ ...STATEMENT, Resource: '${a}' }, { Version: '2008-10-17' }) ?? [];
    assert.deepEqual(statement?.resources?.patterns, ['${$}{a}']);
  });

  const refused: readonly { name: string; text: string }[] = [
    { name: 'what is not JSON', text: '{' },
    { name: 'a list', text: '[]' },
    { name: 'no statement', text: '{"Version":"2012-10-17"}' },
    { name: 'an empty list of statements', text: '{"Statement":[]}' },
    { name: 'an unknown version', text: JSON.stringify({ Version: '2020-01-01', Statement: STATEMENT }) },
    { name: 'an unknown member', text: JSON.stringify({ Statement: STATEMENT, Extra: 1 }) },
    ...[
      { name: 'no effect', change: { Effect: undefined } },
      { name: 'an unknown effect', change: { Effect: 'allow' } },
      { name: 'no action', change: { Action: undefined } },
      { name: 'an action without its service', change: { Action: 'Get' } },
      { name: 'an action and its opposite', change: { NotAction: 's3:Put' } },
      { name: 'a principal by its name alone', change: { Principal: 'ana' } },
      { name: 'an unknown type of principal', change: { Principal: { Person: 'ana' } } },
      { name: 'a number as a resource', change: { Resource: 1 } },
      { name: 'an unknown operator', change: { Condition: { Same: { 'a:b': 'c' } } } },
      { name: 'a condition without a key', change: { Condition: { Bool: 'true' } } },
      { name: 'an unknown member of a statement', change: { Extra: 1 } },
    ].map(({ name, change }) => ({ name, text: JSON.stringify({ Statement: { ...STATEMENT, ...change } }) })),
  ];
  for (const { name, text } of refused) {
    it(`is not one with ${name}`, () => assert.equal(parsePolicy(text), undefined));
  }
});
