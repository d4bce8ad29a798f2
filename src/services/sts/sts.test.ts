import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSServiceException,
} from '@aws-sdk/client-sts';
import { SessionTokens } from '../../wire/sigv4/session-token.ts';
import { AwsQueryProtocol } from '../../wire/aws-query/protocol.ts';
import { Dispatcher } from '../../wire/front-door/dispatcher.ts';
import { dispatched } from '../../../test/support/aws/dispatched.ts';
import { createStsService } from './service.ts';

const NOW = Date.UTC(2025, 0, 2);
const ACCOUNT = '111122223333';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/path/app`;

function clientOf(principalArn: string): { sts: STSClient; sessions: SessionTokens } {
  const sessions = new SessionTokens(Buffer.alloc(32, 1));
  const dispatcher = new Dispatcher({
    protocols: [new AwsQueryProtocol([createStsService({ clock: { now: () => NOW }, sessions })])],
    identify: () => ({ account: ACCOUNT, region: 'eu-west-1', principalArn }),
    logger: { debug: () => undefined, error: (message) => assert.fail(message) },
  });
  return { sts: new STSClient(dispatched(dispatcher)), sessions };
}

const refused = async (
  work: Promise<unknown>,
  name: string,
  message: RegExp,
  status = 400,
): Promise<void> => {
  await assert.rejects(work, (error: STSServiceException) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, status]);
    assert.match(error.message, message);
    return true;
  });
};

describe('STS', () => {
  it('says who the root user is', async () => {
    const { sts } = clientOf(`arn:aws:iam::${ACCOUNT}:root`);
    const { UserId, Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    assert.deepEqual([UserId, Account, Arn], [ACCOUNT, ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]);
  });

  it('says who a session in a role is', async () => {
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/app/0a1b`;
    const { UserId, Arn } = await clientOf(arn).sts.send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, arn);
    assert.match(UserId ?? '', /^AROA[A-Z2-7]{17}:0a1b$/);
  });

  it('gives credentials of a role, which the front door knows', async () => {
    const { sts, sessions } = clientOf(`arn:aws:iam::${ACCOUNT}:root`);
    const { Credentials, AssumedRoleUser } = await sts.send(
      new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'me', DurationSeconds: 900 }),
    );
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/app/me`;
    assert.equal(AssumedRoleUser?.Arn, arn);
    assert.match(AssumedRoleUser.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:me$/);
    assert.deepEqual(Credentials?.Expiration, new Date(NOW + 900_000));
    const known = sessions.verify(Credentials.SessionToken ?? '', Credentials.AccessKeyId ?? '');
    assert.equal(known?.principalArn, arn);
    assert.equal(known.secretAccessKey, Credentials.SecretAccessKey);
  });

  it('refuses what AWS refuses', async () => {
    const { sts } = clientOf(`arn:aws:iam::${ACCOUNT}:root`);
    const assume = (over: object): Promise<unknown> =>
      sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'me', ...over }));
    await refused(assume({ RoleArn: 'nothing' }), 'ValidationError', /^nothing is invalid$/);
    await refused(assume({ RoleSessionName: 'a b' }), 'ValidationError', /'a b' at 'roleSessionName' failed/);
    await refused(assume({ DurationSeconds: 899 }), 'ValidationError', /greater than or equal to 900$/);
    await refused(assume({ DurationSeconds: 43_201 }), 'ValidationError', /less than or equal to 43200$/);
    await refused(
      assume({ RoleSessionName: undefined }),
      'ValidationError',
      /^1 validation error detected: Value null at 'roleSessionName'/,
    );
    const foreign = 'arn:aws:iam::999999999999:role/app';
    await refused(
      assume({ RoleArn: foreign }),
      'AccessDenied',
      /is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::999999999999:role\/app$/,
      403,
    );
  });
});
