import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyDocument } from '../iam/policy-document.ts';
import { type ClientAccess, clientAccess, type EfsClient } from './client-access.ts';

const ARN = 'arn:aws:elasticfilesystem:us-east-1:111122223333';
const ROLE = 'arn:aws:iam::111122223333:role/app';
const ACCESS_POINT = `${ARN}:access-point/fsap-0123456789abcdef0`;

const ANONYMOUS: EfsClient = {
  secureTransport: false,
  viaMountTarget: true,
  fileSystemArn: `${ARN}:file-system/fs-0123456789abcdef0`,
};
const ENCRYPTED: EfsClient = { ...ANONYMOUS, secureTransport: true };
const APP: EfsClient = { ...ENCRYPTED, principalArn: ROLE };

const ALL = [
  'elasticfilesystem:ClientMount',
  'elasticfilesystem:ClientWrite',
  'elasticfilesystem:ClientRootAccess',
];
const EVERYBODY = { Effect: 'Allow', Principal: { AWS: '*' }, Action: ALL };
const VIA_MOUNT_TARGET = { Bool: { 'elasticfilesystem:AccessedViaMountTarget': 'true' } };
const NO_PLAIN_TEXT = {
  Effect: 'Deny',
  Principal: '*',
  Action: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const BY_ACCESS_POINT = {
  ...EVERYBODY,
  Principal: { AWS: ROLE },
  Condition: { StringEquals: { 'elasticfilesystem:AccessPointArn': ACCESS_POINT } },
};

function allowing(action: string, effect: 'Allow' | 'Deny' = 'Allow'): PolicyDocument {
  return [{ effect, actions: { except: false, patterns: [action] }, conditions: [] }];
}

/** m: mount, w: write, r: root. */
const CASES: readonly { name: string; statements?: readonly object[]; client: EfsClient; access: string }[] =
  [
    { name: 'no policy', client: ANONYMOUS, access: 'mwr' },
    { name: 'everybody', statements: [EVERYBODY], client: ANONYMOUS, access: 'mwr' },
    { name: 'mount alone', statements: [{ ...EVERYBODY, Action: ALL[0] }], client: APP, access: 'm' },
    { name: 'no mount', statements: [{ ...EVERYBODY, Action: ALL.slice(1) }], client: APP, access: '' },
    { name: 'no root', statements: [{ ...EVERYBODY, Action: ALL.slice(0, 2) }], client: APP, access: 'mw' },
    {
      name: 'by a mount target',
      statements: [{ ...EVERYBODY, Condition: VIA_MOUNT_TARGET }],
      client: ANONYMOUS,
      access: 'mwr',
    },
    {
      name: 'not by a mount target',
      statements: [{ ...EVERYBODY, Condition: VIA_MOUNT_TARGET }],
      client: { ...ANONYMOUS, viaMountTarget: false },
      access: '',
    },
    { name: 'TLS asked for', statements: [EVERYBODY, NO_PLAIN_TEXT], client: ANONYMOUS, access: '' },
    { name: 'TLS given', statements: [EVERYBODY, NO_PLAIN_TEXT], client: ENCRYPTED, access: 'mwr' },
    { name: 'a role', statements: [{ ...EVERYBODY, Principal: { AWS: ROLE } }], client: APP, access: 'mwr' },
    {
      name: 'an account, whose role says nothing',
      statements: [{ ...EVERYBODY, Principal: { AWS: '111122223333' } }],
      client: { ...APP, policies: { identity: [] } },
      access: '',
    },
    {
      name: 'an account, whose role may mount',
      statements: [{ ...EVERYBODY, Principal: { AWS: '111122223333' } }],
      client: { ...APP, policies: { identity: allowing(ALL[0] ?? '') } },
      access: 'm',
    },
    {
      name: 'nobody, for a role that may',
      statements: [NO_PLAIN_TEXT],
      client: { ...APP, policies: { identity: allowing('elasticfilesystem:Client*') } },
      access: 'mwr',
    },
    {
      name: 'the role, that denies itself to write',
      statements: [{ ...EVERYBODY, Principal: { AWS: ROLE } }],
      client: { ...APP, policies: { identity: allowing('elasticfilesystem:ClientWrite', 'Deny') } },
      access: 'mr',
    },
    {
      name: 'the role, beyond its permissions boundary',
      statements: [{ ...EVERYBODY, Principal: { AWS: ROLE } }],
      client: {
        ...APP,
        policies: { identity: [], boundary: allowing('elasticfilesystem:ClientMount') },
      },
      access: 'm',
    },
    {
      name: 'a role, for somebody',
      statements: [{ ...EVERYBODY, Principal: { AWS: ROLE } }],
      client: ENCRYPTED,
      access: '',
    },
    {
      name: 'the access point',
      statements: [BY_ACCESS_POINT],
      client: { ...APP, accessPointArn: ACCESS_POINT },
      access: 'mwr',
    },
    {
      name: 'another access point',
      statements: [BY_ACCESS_POINT],
      client: { ...APP, accessPointArn: `${ACCESS_POINT}1` },
      access: '',
    },
    { name: 'without the access point', statements: [BY_ACCESS_POINT], client: APP, access: '' },
    {
      name: 'another file system',
      statements: [{ ...EVERYBODY, Resource: `${ARN}:file-system/fs-1` }],
      client: APP,
      access: '',
    },
  ];

describe('a file system with a policy', () => {
  for (const { name, statements, client, access } of CASES) {
    it(`lets a client do '${access}': ${name}`, () => {
      const policy = statements && JSON.stringify({ Version: '2012-10-17', Statement: statements });
      assert.deepEqual(clientAccess(policy, client), accessOf(access));
    });
  }

  it('that cannot be read lets nobody in', () => {
    assert.deepEqual(clientAccess('{}', APP), accessOf(''));
  });
});

function accessOf(letters: string): ClientAccess {
  return { mount: letters.includes('m'), write: letters.includes('w'), root: letters.includes('r') };
}
