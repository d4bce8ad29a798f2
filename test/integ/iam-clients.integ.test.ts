/** IAM and STS as Debian's AWS CLI and boto3 use them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { allowing, TASKS_TRUST, trusting } from '../support/iam/iam-under-test.ts';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const BOTO3 = `
import boto3, json, os
iam = boto3.client('iam', endpoint_url=os.environ['ENDPOINT'])
sts = boto3.client('sts', endpoint_url=os.environ['ENDPOINT'])
policy = iam.create_policy(PolicyName='own', Path='/team/', PolicyDocument=os.environ['POLICY'])['Policy']
for name in ('a', 'b', 'c'):
    iam.create_role(RoleName=name, Path='/team/', AssumeRolePolicyDocument=os.environ['TRUST'])
    iam.attach_role_policy(RoleName=name, PolicyArn=policy['Arn'])
print([r['RoleName'] for page in iam.get_paginator('list_roles').paginate(PathPrefix='/team/', PaginationConfig={'PageSize': 2})
       for r in page['Roles']])
print(iam.get_role(RoleName='a')['Role']['AssumeRolePolicyDocument']['Statement'][0]['Principal'])
print(iam.get_policy(PolicyArn=policy['Arn'])['Policy']['AttachmentCount'])
for call in (lambda: iam.get_role(RoleName='none'), lambda: iam.create_role(RoleName='A', AssumeRolePolicyDocument=os.environ['TRUST']),
             lambda: iam.put_role_policy(RoleName='a', PolicyName='p', PolicyDocument='{}'),
             lambda: iam.delete_policy(PolicyArn=policy['Arn'])):
    try:
        call()
    except (iam.exceptions.NoSuchEntityException, iam.exceptions.EntityAlreadyExistsException,
            iam.exceptions.MalformedPolicyDocumentException, iam.exceptions.DeleteConflictException) as error:
        print(error.response['ResponseMetadata']['HTTPStatusCode'], error)
keys = sts.assume_role(RoleArn='arn:aws:iam::%s:role/team/a' % os.environ['ACCOUNT'], RoleSessionName='me')['Credentials']
role = boto3.client('sts', endpoint_url=os.environ['ENDPOINT'], aws_access_key_id=keys['AccessKeyId'],
                    aws_secret_access_key=keys['SecretAccessKey'], aws_session_token=keys['SessionToken'])
print(role.get_caller_identity()['Arn'])
`;

const skip = (await toolsMissing()) ?? false;

describe('IAM with the AWS CLI and boto3', { skip, timeout: patient(300_000) }, () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake', '--iam', 'enforce'] });
  });
  after(() => neargate?.close());

  it('makes a role, gives it policies, shows and deletes it by the CLI', async () => {
    const iam = async (command: string, ...args: string[]) =>
      (await aws(neargate, 'iam', command, ...args)) as Record<string, never>;
    const role = ['--role-name', 'app'];
    const { Role: made } = await iam('create-role', ...role, '--assume-role-policy-document', TASKS_TRUST);
    assert.equal(made?.['Arn'], `arn:aws:iam::${neargate.info.account}:role/app`);
    const own = [...role, '--policy-name', 'own'];
    await iam('put-role-policy', ...own, '--policy-document', allowing('s3:*'));
    const arn = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
    await iam('attach-role-policy', ...role, '--policy-arn', arn);
    assert.deepEqual(await iam('list-attached-role-policies', ...role), {
      AttachedPolicies: [{ PolicyName: 'AmazonECSTaskExecutionRolePolicy', PolicyArn: arn }],
    });
    assert.deepEqual(await iam('get-role-policy', ...own), {
      RoleName: 'app',
      PolicyName: 'own',
      PolicyDocument: JSON.parse(allowing('s3:*')) as unknown,
    });
    assert.deepEqual(await iam('list-role-policies', ...role), { PolicyNames: ['own'] });
    await assert.rejects(iam('delete-role', ...role), /DeleteConflict.*must detach all policies first/);
    await iam('detach-role-policy', ...role, '--policy-arn', arn);
    await iam('delete-role-policy', ...own);
    await iam('delete-role', ...role);
    await assert.rejects(iam('get-role', ...role), /NoSuchEntity.*The role with name app cannot be found/);
    const names = await iam('list-roles', '--query', 'Roles[].RoleName');
    assert.deepEqual(names, ['ecsTaskExecutionRole']);
  });

  it('answers boto3 page by page, with exceptions, and its roles are assumed', async () => {
    const { account } = neargate.info;
    const printed = await python(neargate, BOTO3, {
      POLICY: allowing('s3:*'),
      TRUST: trusting({ AWS: account }),
      ACCOUNT: account,
    });
    const failed = (status: number, code: string, call: string, words: string) =>
      `${status} An error occurred (${code}) when calling the ${call} operation: ${words}`;
    assert.deepEqual(printed.trim().split('\n'), [
      "['a', 'b', 'c']",
      `{'AWS': '${account}'}`,
      '3',
      failed(404, 'NoSuchEntity', 'GetRole', 'The role with name none cannot be found.'),
      failed(409, 'EntityAlreadyExists', 'CreateRole', 'Role with name A already exists.'),
      failed(
        400,
        'MalformedPolicyDocument',
        'PutRolePolicy',
        'Policy document must be version 2012-10-17 or greater.',
      ),
      failed(409, 'DeleteConflict', 'DeletePolicy', 'Cannot delete a policy attached to entities.'),
      `arn:aws:sts::${account}:assumed-role/a/me`,
    ]);
  });

  it('has its roles after a restart', async () => {
    const make = ['--role-name', 'kept', '--assume-role-policy-document', TASKS_TRUST];
    await aws(neargate, 'iam', 'create-role', ...make);
    await neargate.killControlPlane();
    await neargate.startAgain();
    const kept = await aws(neargate, 'iam', 'get-role', '--role-name', 'kept', '--query', 'Role.RoleName');
    assert.equal(kept, 'kept');
  });
});
