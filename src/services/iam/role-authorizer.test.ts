import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import { isApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { Arrival, NeededPermission } from '../../wire/authorization.ts';
import type { Caller } from '../../wire/sigv4/verify.ts';
import { RoleAuthorizer } from './role-authorizer.ts';
import { Roles } from './roles.ts';

const ACCOUNT = '111122223333';
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/0123`;
const CALLER: Caller = { account: ACCOUNT, region: 'eu-west-1', principalArn: SESSION };
const GROUP: NeededPermission = {
  action: 'logs:CreateLogGroup',
  arn: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/app:log-stream:`,
};
const ENDPOINT = { endpointId: 'vpce-0a', vpcId: 'vpc-0b', address: '10.0.0.9' };
const MINUTE = Date.UTC(2026, 4, 1, 12);

const ALLOW = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
const role = (...statements: readonly object[]): RoleRecord => ({
  roleName: 'app',
  roleId: 'AROAABCDEFGHIJKLMNOPQ',
  arn: `arn:aws:iam::${ACCOUNT}:role/team/app`,
  path: '/team/',
  trustPolicy: '{}',
  maxSessionSeconds: 3600,
  tags: [{ key: 'team', value: 'blue' }],
  createdAt: 0,
  inlinePolicies: { inline: JSON.stringify({ Version: '2012-10-17', Statement: statements }) },
  attachedPolicies: [],
});

describe('permissions of a role', () => {
  let store: MemoryStore;
  let authorizer: RoleAuthorizer;
  beforeEach(() => {
    store = new MemoryStore();
    const clock = { now: () => MINUTE };
    authorizer = new RoleAuthorizer({ roles: new Roles({ store, clock, ids: randomIds }), clock });
  });

  const put = async (...statements: readonly object[]): Promise<void> => {
    await store.transact([], [{ put: keys.role(ACCOUNT, 'app'), value: role(...statements) }]);
  };
  const check = async (needed = GROUP, caller = CALLER, arrival: Arrival = {}): Promise<string> => {
    try {
      await authorizer.check(caller, [needed], arrival);
      return 'yes';
    } catch (error) {
      if (!isApiError(error)) throw error;
      return `${error.code}: ${error.message}`;
    }
  };
  const words = `AccessDeniedException: User: ${SESSION} is not authorized to perform: logs:CreateLogGroup on resource: ${GROUP.arn}`;

  it('are not asked of the root of the account', () => {
    const root = `arn:aws:iam::${ACCOUNT}:root`;
    assert.equal(authorizer.mayDoEverything({ ...CALLER, principalArn: root }), true);
    assert.equal(
      authorizer.mayDoEverything({ ...CALLER, account: '222222222222', principalArn: root }),
      false,
    );
    assert.equal(authorizer.mayDoEverything(CALLER), false);
  });

  it('are those of its policies, as they are at this moment', async () => {
    const none = `${words} because no identity-based policy allows the logs:CreateLogGroup action`;
    assert.equal(await check(), none);
    await put(ALLOW);
    assert.equal(await check(), 'yes');
    await put(ALLOW, { ...ALLOW, Effect: 'Deny' });
    assert.equal(await check(), `${words} with an explicit deny in an identity-based policy`);
    await put({ ...ALLOW, Action: 'ec2:*' });
    assert.equal(await check(), none);
    await put(ALLOW);
    await store.transact([], [{ delete: keys.role(ACCOUNT, 'app') }]);
    assert.equal(await check(), none);
  });

  const CONDITIONS: readonly [name: string, condition: object, arrival?: Arrival][] = [
    ['the role', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/team/*` } }],
    ['a tag of the role', { StringEquals: { 'aws:PrincipalTag/team': 'blue' } }],
    ['the session', { StringLike: { 'aws:userid': '*:0123' } }],
    ['the region', { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }],
    ['the time', { DateLessThan: { 'aws:CurrentTime': '2026-05-01T12:00:01Z' } }],
    ['TLS', { Bool: { 'aws:SecureTransport': 'true' } }, { isSecure: true }],
    ['the address', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { sourceIp: '10.1.2.3' }],
    ['the VPC endpoint', { StringEquals: { 'aws:SourceVpce': 'vpce-0a' } }, { by: ENDPOINT }],
    ['the VPC', { StringEquals: { 'aws:SourceVpc': 'vpc-0b' } }, { by: ENDPOINT }],
    ['the address in the VPC', { IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' } }, { by: ENDPOINT }],
  ];
  for (const [name, Condition, arrival] of CONDITIONS) {
    it(`may depend on ${name}`, async () => {
      await put({ ...ALLOW, Condition });
      assert.equal(await check(GROUP, CALLER, arrival), 'yes');
      await put(ALLOW, { ...ALLOW, Effect: 'Deny', Condition });
      assert.match(await check(GROUP, CALLER, arrival), /explicit deny/);
    });
  }

  it('are no more than the session was made with', async () => {
    await put(ALLOW);
    const sessionPolicy = JSON.stringify({ Statement: { ...ALLOW, Action: 'logs:PutLogEvents' } });
    const limits = { sessionPolicies: [sessionPolicy] };
    assert.equal(await check({ ...GROUP, action: 'logs:PutLogEvents' }, { ...CALLER, limits }), 'yes');
    assert.equal(
      await check(GROUP, { ...CALLER, limits }),
      `${words} because no session policy allows the logs:CreateLogGroup action`,
    );
  });

  it('are no more than its permissions boundary allows', async () => {
    const boundary = 'arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess';
    const bounded = { ...role({ ...ALLOW, Action: '*' }), permissionsBoundary: boundary };
    await store.transact([], [{ put: keys.role(ACCOUNT, 'app'), value: bounded }]);
    const parameter = `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/app`;
    assert.equal(await check({ action: 'ssm:GetParameter', arn: parameter }), 'yes');
    assert.equal(
      await check(),
      `${words} because no permissions boundary allows the logs:CreateLogGroup action`,
    );
    const gone = { ...bounded, permissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/gone` };
    await store.transact([], [{ put: keys.role(ACCOUNT, 'app'), value: gone }]);
    assert.match(
      await check({ action: 'ssm:GetParameter', arn: parameter }),
      /no permissions boundary allows/,
    );
  });

  it('of a part of Neargate are those that it was given, whatever role has its name', async () => {
    await put(ALLOW);
    const caller = { ...CALLER, limits: { onlyActions: ['logs:PutLogEvents'] } };
    assert.equal(await check({ ...GROUP, action: 'logs:PutLogEvents' }, caller), 'yes');
    assert.match(await check(GROUP, caller), /because no identity-based policy allows/);
  });

  it('on what another account has take its policy, too', async () => {
    await put(ALLOW);
    const arn = GROUP.arn.replace(ACCOUNT, '222222222222');
    assert.match(await check({ ...GROUP, arn }), /because no resource-based policy allows/);
    const statement = { ...ALLOW, Principal: { AWS: ACCOUNT } };
    assert.equal(await check({ ...GROUP, arn, policy: JSON.stringify({ Statement: statement }) }), 'yes');
  });

  it('are refused in the words of the service', async () => {
    const user = `User: ${SESSION} is not authorized to perform:`;
    const refused = async (action: string, arn: string) => await check({ action, arn });
    assert.equal(
      await refused('ec2:DescribeVpcs', '*'),
      `UnauthorizedOperation: You are not authorized to perform this operation. ${user} ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action`,
    );
    assert.equal(
      await refused('elasticfilesystem:DescribeMountTargets', '*'),
      `AccessDeniedException: ${user} elasticfilesystem:DescribeMountTargets on the specified resource`,
    );
    assert.equal(
      await refused('ecr:GetAuthorizationToken', '*'),
      `AccessDeniedException: ${user} ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action`,
    );
    assert.equal(
      await refused('secretsmanager:ListSecrets', '*'),
      `AccessDeniedException: ${user} secretsmanager:ListSecrets because no identity-based policy allows the secretsmanager:ListSecrets action`,
    );
  });
});
