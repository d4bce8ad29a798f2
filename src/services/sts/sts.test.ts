import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, it } from 'node:test';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { parseArn } from '../../domain/arn.ts';
import type { Arrival } from '../../wire/authorization.ts';
import { AwsQueryProtocol } from '../../wire/aws-query/protocol.ts';
import { Dispatcher } from '../../wire/front-door/dispatcher.ts';
import { SessionTokens } from '../../wire/sigv4/session-token.ts';
import { rootArn } from '../../wire/sigv4/credentials.ts';
import { dispatched } from '../../../test/support/aws/dispatched.ts';
import {
  allowing,
  IAM_NOW,
  IamUnderTest,
  refusedBy,
  TASKS_TRUST,
  trusting,
} from '../../../test/support/iam/iam-under-test.ts';
import { ManagedPolicies } from '../iam/managed-policies.ts';
import { RoleAuthorizer } from '../iam/role-authorizer.ts';
import { Roles } from '../iam/roles.ts';
import { createStsService } from './service.ts';

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const ROOT = rootArn(ACCOUNT);
const ROLE = `arn:aws:iam::${ACCOUNT}:role/path/app`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/first/0a1b`;
const ASSUME = allowing('sts:AssumeRole');

describe('STS', () => {
  let iam: IamUnderTest;
  let sessions: SessionTokens;
  beforeEach(() => {
    iam = new IamUnderTest();
    sessions = new SessionTokens(Buffer.alloc(32, 1));
  });

  function clientOf(principalArn: string, enforces = true, arrival: Arrival = {}): STSClient {
    const { deps } = iam;
    const roles = new Roles(deps);
    const policies = new ManagedPolicies(deps.store);
    const service = createStsService({ clock: deps.clock, sessions, roles, policies, enforces });
    const account = parseArn(principalArn)?.account ?? '';
    const dispatcher = new Dispatcher({
      protocols: [new AwsQueryProtocol([service])],
      identify: () => ({ account, region: 'eu-west-1', principalArn }),
      ...(enforces && { authorizer: new RoleAuthorizer({ roles, clock: deps.clock }) }),
      logger: { debug: () => undefined, error: (message) => assert.fail(message) },
    });
    return new STSClient(dispatched(dispatcher, 'eu-west-1', arrival));
  }

  const make = (name: string, trust: string, more: object = {}) =>
    iam.client().send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust, ...more }));
  /** A role of the account with permission to assume others. */
  const makeFirst = async (policy?: string): Promise<void> => {
    await make('first', TASKS_TRUST);
    if (policy === undefined) return;
    const input = { RoleName: 'first', PolicyName: 'own', PolicyDocument: policy };
    await iam.client().send(new PutRolePolicyCommand(input));
  };
  const assume = (sts: STSClient, over: Partial<AssumeRoleCommandInput> = {}) =>
    sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'me', ...over }));
  const refused = (work: Promise<unknown>, message: RegExp | string, code = 'ValidationError') =>
    refusedBy(work, code, code === 'AccessDenied' ? 403 : 400, message);
  const denied = (work: Promise<unknown>, principal: string, role = ROLE) =>
    refused(
      work,
      `User: ${principal} is not authorized to perform: sts:AssumeRole on resource: ${role}`,
      'AccessDenied',
    );

  it('says who the root user is', async () => {
    const { UserId, Account, Arn } = await clientOf(ROOT).send(new GetCallerIdentityCommand({}));
    assert.deepEqual([UserId, Account, Arn], [ACCOUNT, ACCOUNT, ROOT]);
  });

  it('says who a session in a role is, with the id of the role', async () => {
    const { Role } = await make('first', TASKS_TRUST);
    const { UserId, Arn } = await clientOf(SESSION).send(new GetCallerIdentityCommand({}));
    assert.deepEqual([UserId, Arn], [`${Role?.RoleId}:0a1b`, SESSION]);
    const unknown = `arn:aws:sts::${ACCOUNT}:assumed-role/gone/0a1b`;
    const gone = await clientOf(unknown).send(new GetCallerIdentityCommand({}));
    assert.match(gone.UserId ?? '', /^AROA[A-Z2-7]{17}:0a1b$/);
  });

  it('gives credentials of a role, which the front door knows', async () => {
    await make('app', trusting({ AWS: ACCOUNT }), { Path: '/path/' });
    const { Credentials, AssumedRoleUser } = await assume(clientOf(ROOT), { DurationSeconds: 900 });
    const { Role } = await iam.client().send(new GetRoleCommand({ RoleName: 'app' }));
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/app/me`;
    assert.deepEqual(AssumedRoleUser, { Arn: arn, AssumedRoleId: `${Role?.RoleId}:me` });
    assert.deepEqual(Credentials?.Expiration, new Date(IAM_NOW + 900_000));
    const known = sessions.verify(Credentials.SessionToken ?? '', Credentials.AccessKeyId ?? '');
    assert.deepEqual([known?.principalArn, known?.account], [arn, ACCOUNT]);
    assert.equal(known?.secretAccessKey, Credentials.SecretAccessKey);
  });

  it('refuses what AWS refuses', async () => {
    await make('app', trusting({ AWS: ACCOUNT }), { Path: '/path/', MaxSessionDuration: 7200 });
    const sts = clientOf(ROOT);
    await refused(assume(sts, { RoleArn: 'nothing' }), /^nothing is invalid$/);
    await refused(assume(sts, { RoleSessionName: 'a b' }), /'a b' at 'roleSessionName' failed/);
    await refused(assume(sts, { DurationSeconds: 899 }), /greater than or equal to 900$/);
    await refused(assume(sts, { DurationSeconds: 43_201 }), /less than or equal to 43200$/);
    await refused(assume(sts, { ExternalId: 'a b' }), /'externalId' failed/);
    await refused(
      assume(sts, { DurationSeconds: 7201 }),
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    );
    await refused(
      assume(sts, { RoleSessionName: undefined }),
      /^1 validation error detected: Value null at 'roleSessionName'/,
    );
  });

  it('lets nobody assume a role that is not there, or is so by another path', async () => {
    await make('app', trusting('*'));
    const none = `arn:aws:iam::${ACCOUNT}:role/none`;
    await denied(assume(clientOf(ROOT), { RoleArn: none }), ROOT, none);
    await denied(assume(clientOf(ROOT)), ROOT);
  });

  for (const [name, trust, isLet] of [
    ['tasks alone', TASKS_TRUST, false],
    ['everybody', trusting('*'), true],
    ['another account', trusting({ AWS: OTHER }), false],
    ['the account', trusting({ AWS: ROOT }), true],
    ['the account, with a name for it', trusting({ AWS: ROOT }, withExternalId('blue')), false],
  ] as const) {
    it(`${isLet ? 'lets' : 'does not let'} root assume a role that trusts ${name}`, async () => {
      await make('app', trust, { Path: '/path/' });
      const work = assume(clientOf(ROOT));
      if (isLet) await work;
      else await denied(work, ROOT);
    });
  }

  it('asks for the external id that the trust policy names', async () => {
    await make('app', trusting({ AWS: ACCOUNT }, withExternalId('blue')), { Path: '/path/' });
    await assume(clientOf(ROOT), { ExternalId: 'blue' });
    await denied(assume(clientOf(ROOT), { ExternalId: 'red' }), ROOT);
  });

  it('asks for the address, the endpoint and the encryption that the trust policy names', async () => {
    const conditions = [
      [{ IpAddress: { 'aws:SourceIp': '198.19.0.0/16' } }, { sourceIp: '198.19.0.1' }],
      [
        { StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
        { by: { endpointId: 'vpce-1', vpcId: 'vpc-1', address: '10.0.0.4' } },
      ],
      [{ Bool: { 'aws:SecureTransport': 'true' } }, { isSecure: true }],
    ] as const;
    await make('app', TASKS_TRUST, { Path: '/path/' });
    for (const [Condition, arrival] of conditions) {
      const PolicyDocument = trusting({ AWS: ACCOUNT }, { Condition });
      await iam.client().send(new UpdateAssumeRolePolicyCommand({ RoleName: 'app', PolicyDocument }));
      await assume(clientOf(ROOT, true, arrival));
      await denied(assume(clientOf(ROOT)), ROOT);
    }
  });

  it('lets a role assume another that trusts the account, when its own policies do', async () => {
    await make('app', trusting({ AWS: ACCOUNT }), { Path: '/path/' });
    await makeFirst();
    await denied(assume(clientOf(SESSION)), SESSION);
    const own = { RoleName: 'first', PolicyName: 'own', PolicyDocument: ASSUME };
    await iam.client().send(new PutRolePolicyCommand(own));
    await assume(clientOf(SESSION));
    await refused(assume(clientOf(SESSION), { DurationSeconds: 3601 }), /by role chaining\.$/);
  });

  it('lets a role assume another that trusts it by name, whatever its policies', async () => {
    await makeFirst();
    await make('app', trusting({ AWS: `arn:aws:iam::${ACCOUNT}:role/first` }), { Path: '/path/' });
    await assume(clientOf(SESSION));
    await denied(assume(clientOf(SESSION.replace('first', 'second'))), SESSION.replace('first', 'second'));
  });

  it('lets no role assume another by its own policies alone', async () => {
    await makeFirst(ASSUME);
    await make('app', TASKS_TRUST, { Path: '/path/' });
    await denied(assume(clientOf(SESSION)), SESSION);
  });

  it('lets those of another account assume a role that trusts it, in the account of the role', async () => {
    await make('app', trusting({ AWS: OTHER }), { Path: '/path/' });
    const { Credentials } = await assume(clientOf(rootArn(OTHER)));
    const known = sessions.verify(Credentials?.SessionToken ?? '', Credentials?.AccessKeyId ?? '');
    assert.equal(known?.account, ACCOUNT);
  });

  it('makes sessions that may do no more than their policies say', async () => {
    await make('app', trusting({ AWS: ACCOUNT }), { Path: '/path/' });
    const logs = 'arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess';
    const answer = await assume(clientOf(ROOT), { Policy: allowing('s3:*'), PolicyArns: [{ arn: logs }] });
    const { SessionToken = '', AccessKeyId = '' } = answer.Credentials ?? {};
    const [policy = ''] = sessions.verify(SessionToken, AccessKeyId)?.sessionPolicies ?? [];
    assert.match(policy, /s3:\*.*ssm:Get\*/);
    assert.ok((answer.PackedPolicySize ?? 0) > 0);
    await refused(
      assume(clientOf(ROOT), { Policy: '{' }),
      'Syntax errors in policy.',
      'MalformedPolicyDocument',
    );
    await refused(assume(clientOf(ROOT), { Policy: 'x'.repeat(2049) }), /less than or equal to 2048$/);
    await refused(
      assume(clientOf(ROOT), { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/None' }] }),
      /None does not exist or is not attachable/,
    );
  });

  it('refuses policies that a token has no room for', async () => {
    await make('app', trusting({ AWS: ACCOUNT }), { Path: '/path/' });
    const arns = [];
    for (const PolicyName of ['one', 'two']) {
      // Random, so that it cannot be compressed.
      const bucket = randomBytes(4000).toString('base64url');
      const PolicyDocument = allowing('s3:GetObject', `arn:aws:s3:::${bucket}`);
      const { Policy } = await iam.client().send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
      arns.push({ arn: Policy?.Arn ?? '' });
    }
    await refused(assume(clientOf(ROOT), { PolicyArns: arns }), /too large/, 'PackedPolicyTooLarge');
  });

  it('lets everybody of the account assume any role where roles need not exist', async () => {
    const { AssumedRoleUser } = await assume(clientOf(ROOT, false));
    assert.match(AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:me$/);
    const foreign = `arn:aws:iam::${OTHER}:role/app`;
    await denied(assume(clientOf(ROOT, false), { RoleArn: foreign }), ROOT, foreign);
  });
});

function withExternalId(id: string): object {
  return { Condition: { StringEquals: { 'sts:ExternalId': id } } };
}
