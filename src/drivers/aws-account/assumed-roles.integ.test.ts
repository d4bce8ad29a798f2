import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { AppError, type ErrorKind } from '../../domain/errors.ts';
import { ManagedPolicies } from '../../services/iam/managed-policies.ts';
import { Roles } from '../../services/iam/roles.ts';
import { createStsService } from '../../services/sts/service.ts';
import { SessionTokens } from '../../wire/sigv4/session-token.ts';
import { IamUnderTest, trusting } from '../../../test/support/iam/iam-under-test.ts';
import {
  openFrontDoor,
  TEST_ACCOUNT,
  TEST_KEY,
  type TrivialFrontDoor,
} from '../../../test/support/trivial-front-door.ts';
import { AssumedRoles } from './assumed-roles.ts';

const ROLE = `arn:aws:iam::${TEST_ACCOUNT}:role/app`;
const WANTED = { roleArn: ROLE, sessionName: '0123', region: 'eu-west-1' };
const WRONG = 'wrongwrongwrong';

describe('Credentials of roles of an AWS account', () => {
  const iam = new IamUnderTest();
  const sessions = new SessionTokens(Buffer.alloc(32, 2));
  const fileBefore = process.env['AWS_SHARED_CREDENTIALS_FILE'];
  let front: TrivialFrontDoor;
  let directory: string;

  before(async () => {
    const clock = { now: () => Date.now() };
    const parts = { ...iam.deps, clock };
    front = await openFrontDoor([
      createStsService({
        clock,
        sessions,
        roles: new Roles(parts),
        policies: new ManagedPolicies(iam.store),
        enforces: true,
      }),
    ]);
    directory = await mkdtemp(join(tmpdir(), 'neargate-profile-'));
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(directory, 'credentials');
    process.env['AWS_CONFIG_FILE'] = join(directory, 'config');
    const trust = trusting({ AWS: TEST_ACCOUNT });
    const made = new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust });
    await iam.client(TEST_ACCOUNT).send(made);
  });
  after(async () => {
    if (fileBefore === undefined) delete process.env['AWS_SHARED_CREDENTIALS_FILE'];
    else process.env['AWS_SHARED_CREDENTIALS_FILE'] = fileBefore;
    delete process.env['AWS_CONFIG_FILE'];
    await front.door.close();
    await rm(directory, { recursive: true });
  });

  const profile = (secret: string): Promise<void> =>
    writeFile(
      join(directory, 'credentials'),
      `[team]\naws_access_key_id = ${TEST_KEY.accessKeyId}\naws_secret_access_key = ${secret}\n`,
      { mode: 0o600 },
    );
  const roles = (name = 'team') => new AssumedRoles({ profile: name, endpoint: front.endpoint });

  async function fails(work: Promise<unknown>, kind: ErrorKind): Promise<AppError> {
    const error = await work.then(
      () => assert.fail('it did not fail'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind);
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error.details)}`, new RegExp(WRONG));
    return error;
  }

  it('come from STS, an hour long, named for the session', async () => {
    await profile(TEST_KEY.secretAccessKey);
    const { accessKeyId, sessionToken, expiresAt } = await roles().credentials(WANTED);
    const known = sessions.verify(sessionToken, accessKeyId);
    assert.equal(known?.principalArn, `arn:aws:sts::${TEST_ACCOUNT}:assumed-role/app/0123`);
    assert.ok(Math.abs(expiresAt - Date.now() - 3_600_000) < 60_000);
  });

  it('are had with the keys that the profile has at that moment', async () => {
    const source = roles();
    await profile(WRONG);
    const { details } = await fails(source.credentials(WANTED), 'failed-precondition');
    assert.equal(details['awsCode'], 'SignatureDoesNotMatch');
    await profile(TEST_KEY.secretAccessKey);
    await source.credentials(WANTED);
  });

  it('are refused in the words of STS', async () => {
    await profile(TEST_KEY.secretAccessKey);
    const roleArn = `arn:aws:iam::${TEST_ACCOUNT}:role/none`;
    const error = await fails(roles().credentials({ ...WANTED, roleArn }), 'failed-precondition');
    assert.equal(
      error.message,
      `User: arn:aws:iam::${TEST_ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    );
  });

  it('are none without such a profile, or where nobody answers', async () => {
    await profile(TEST_KEY.secretAccessKey);
    const { message } = await fails(roles('other').credentials(WANTED), 'failed-precondition');
    assert.equal(message, 'the profile other of the AWS configuration gives no keys');
    const nobody = new AssumedRoles({ profile: 'team', endpoint: 'http://127.0.0.1:1' });
    await fails(nobody.credentials(WANTED), 'unavailable');
  });
});
