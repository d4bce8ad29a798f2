/** What sessions of roles may do, as boto3 sees it. Nothing is permissive here. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateClusterCommand, RegisterTaskDefinitionCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { Neargate } from '../support/neargate/instance.ts';
import { python, toolsMissing } from '../support/neargate/python.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const BOTO3 = `
import boto3, json, os
from botocore.exceptions import ClientError

def client(name, session=None):
    keys = {} if session is None else dict(aws_access_key_id=session['AccessKeyId'],
        aws_secret_access_key=session['SecretAccessKey'], aws_session_token=session['SessionToken'])
    return boto3.client(name, endpoint_url=os.environ['ENDPOINT'], **keys)

def call(act):
    try:
        act()
        print('allowed')
    except ClientError as error:
        answer = error.response
        print(answer['ResponseMetadata']['HTTPStatusCode'], answer['Error']['Code'], answer['Error']['Message'])

iam = client('iam')
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sts:AssumeRole',
         'Principal': {'AWS': 'arn:aws:iam::000000000000:root', 'Service': 'ecs-tasks.amazonaws.com'}}]}
arn = iam.create_role(RoleName='app', AssumeRolePolicyDocument=json.dumps(trust))['Role']['Arn']

def allow(*statements):
    policy = {'Version': '2012-10-17', 'Statement': list(statements)}
    iam.put_role_policy(RoleName='app', PolicyName='app', PolicyDocument=json.dumps(policy))

secrets = client('secretsmanager')
mine, other = [secrets.create_secret(Name=name, SecretString=name)['ARN'] for name in ('mine', 'other')]
print(other)
session = client('sts').assume_role(RoleArn=arn, RoleSessionName='me')['Credentials']
read = lambda name: call(lambda: client('secretsmanager', session).get_secret_value(SecretId=name))
print(client('sts', session).get_caller_identity()['Arn'])
read('mine')
allow({'Effect': 'Allow', 'Action': 'secretsmanager:GetSecretValue', 'Resource': mine})
read('mine')
read('other')
secrets.put_resource_policy(SecretId='other', ResourcePolicy=json.dumps({'Version': '2012-10-17', 'Statement': {
    'Effect': 'Allow', 'Principal': {'AWS': arn}, 'Action': 'secretsmanager:GetSecretValue', 'Resource': '*'}}))
read('other')
call(lambda: client('ec2', session).describe_vpcs())
call(lambda: client('ec2', session).create_vpc(CidrBlock='10.9.0.0/16', DryRun=True))
call(lambda: client('iam', session).delete_role(RoleName='app'))
call(lambda: client('efs', session).describe_file_systems())
call(lambda: client('ecr', session).get_authorization_token())
limited = client('sts').assume_role(RoleArn=arn, RoleSessionName='less', Policy=json.dumps({'Version': '2012-10-17',
    'Statement': {'Effect': 'Allow', 'Action': 'ecs:*', 'Resource': '*'}}))['Credentials']
call(lambda: client('secretsmanager', limited).get_secret_value(SecretId='mine'))
allow({'Effect': 'Allow', 'Action': '*', 'Resource': '*'},
      {'Effect': 'Deny', 'Action': 'secretsmanager:*', 'Resource': '*'})
read('mine')
call(lambda: client('ec2', session).describe_vpcs())
own = iam.create_policy(PolicyName='bound', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': ['ec2:*', 'iam:*'], 'Resource': '*'},
    {'Effect': 'Deny', 'Action': 'iam:DeleteRolePermissionsBoundary', 'Resource': '*'},
    {'Effect': 'Deny', 'Action': 'iam:CreateRole', 'Resource': '*',
     'Condition': {'StringNotEquals': {'iam:PermissionsBoundary': 'arn:aws:iam::000000000000:policy/bound'}}}]}))['Policy']['Arn']
iam.put_role_permissions_boundary(RoleName='app', PermissionsBoundary=own)
print(iam.get_role(RoleName='app')['Role']['PermissionsBoundary'])
allow({'Effect': 'Allow', 'Action': '*', 'Resource': '*'})
call(lambda: client('ec2', session).describe_vpcs())
call(lambda: client('ecr', session).get_authorization_token())
call(lambda: client('iam', session).delete_role_permissions_boundary(RoleName='app'))
make = lambda **boundary: client('iam', session).create_role(RoleName='new', AssumeRolePolicyDocument=json.dumps(trust), **boundary)
call(lambda: make())
call(lambda: make(PermissionsBoundary=own))
iam.delete_role_permissions_boundary(RoleName='app')
call(lambda: client('ecr', session).get_authorization_token())
iam.delete_role_policy(RoleName='app', PolicyName='app')
iam.delete_role(RoleName='app')
call(lambda: client('ec2', session).describe_vpcs())
`;

const skip = (await toolsMissing()) ?? false;

describe('Sessions of roles, with boto3', { skip, timeout: patient(300_000) }, () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake', '--iam', 'enforce'] });
  });
  after(() => neargate?.close());

  it('may do what the policies of this moment allow, and are refused in the words of each service', async () => {
    const user = 'User: arn:aws:sts::000000000000:assumed-role/app/me is not authorized to perform:';
    const none = (action: string, on = '') =>
      `${user} ${action}${on} because no identity-based policy allows the ${action} action`;
    const ec2 = 'You are not authorized to perform this operation. ';
    const [other = '', ...lines] = (await python(neargate, BOTO3, {})).trim().split('\n');
    const here = `${neargate.info.region}:000000000000`;
    const mine = /^arn:aws:secretsmanager:\S+:secret:mine-\w{6}$/;
    const [identity, first = '', ...others] = lines;
    assert.equal(identity, 'arn:aws:sts::000000000000:assumed-role/app/me');
    const [, shown = ''] = / on resource: (\S+) /.exec(first) ?? [];
    assert.match(shown, mine);
    const get = 'secretsmanager:GetSecretValue';
    assert.equal(first, `400 AccessDeniedException ${none(get, ` on resource: ${shown}`)}`);
    assert.deepEqual(others, [
      'allowed',
      `400 AccessDeniedException ${none(get, ` on resource: ${other}`)}`,
      'allowed',
      `403 UnauthorizedOperation ${ec2}${none('ec2:DescribeVpcs')}`,
      `403 UnauthorizedOperation ${ec2}${none('ec2:CreateVpc', ` on resource: arn:aws:ec2:${here}:vpc/*`)}`,
      `403 AccessDenied ${none('iam:DeleteRole', ' on resource: role app')}`,
      `403 AccessDeniedException ${user} elasticfilesystem:DescribeFileSystems on the specified resource`,
      `400 AccessDeniedException ${none('ecr:GetAuthorizationToken', ' on resource: *')}`,
      `400 AccessDeniedException ${none(get, ` on resource: ${shown}`).replace('/me', '/less').replace('identity-based', 'session')}`,
      `400 AccessDeniedException ${user} ${get} on resource: ${shown} with an explicit deny in an identity-based policy`,
      'allowed',
      "{'PermissionsBoundaryType': 'Policy', 'PermissionsBoundaryArn': 'arn:aws:iam::000000000000:policy/bound'}",
      'allowed',
      `400 AccessDeniedException ${none('ecr:GetAuthorizationToken', ' on resource: *')}`.replace(
        'identity-based policy',
        'permissions boundary',
      ),
      `403 AccessDenied ${user} iam:DeleteRolePermissionsBoundary on resource: role app with an explicit deny in a permissions boundary`,
      `403 AccessDenied ${user} iam:CreateRole on resource: arn:aws:iam::000000000000:role/new with an explicit deny in a permissions boundary`,
      'allowed',
      'allowed',
      `403 UnauthorizedOperation ${ec2}${none('ec2:DescribeVpcs')}`,
    ]);
  });

  it('are what RunTask takes for tasks, where they trust ECS', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey, account, defaultVpc } = neargate.info;
    const iam = new IAM({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const { ecs } = neargate;
    const make = (name: string, principal: object) =>
      iam.createRole({ RoleName: name, AssumeRolePolicyDocument: trustOf(principal) });
    await make('people', { AWS: account });
    await make('tasks', { Service: 'ecs-tasks.amazonaws.com' });
    await make('foreign', { Service: 'lambda.amazonaws.com' });
    await ecs.send(new CreateClusterCommand({}));
    const run = async (taskRoleArn: string, executionRoleArn = 'ecsTaskExecutionRole') => {
      const containerDefinitions = [{ name: 'app', image: 'any' }];
      await ecs.send(
        new RegisterTaskDefinitionCommand({
          ...{ family: 'web', networkMode: 'awsvpc', cpu: '256', memory: '512' },
          ...{ requiresCompatibilities: ['FARGATE'], containerDefinitions, taskRoleArn, executionRoleArn },
        }),
      );
      const subnets = [defaultVpc.subnets[0]?.subnetId ?? ''];
      const networkConfiguration = { awsvpcConfiguration: { subnets } };
      return ecs.send(
        new RunTaskCommand({ taskDefinition: 'web', launchType: 'FARGATE', networkConfiguration }),
      );
    };
    const refused = (role: string) => ({
      name: 'ClientException',
      message: `ECS was unable to assume the role 'arn:aws:iam::${account}:role/${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    });
    await assert.rejects(run('nobody'), refused('nobody'));
    await assert.rejects(run('people'), refused('people'));
    await assert.rejects(run('tasks', 'foreign'), refused('foreign'));
    const { tasks } = await run('tasks');
    assert.equal(tasks?.[0]?.lastStatus, 'PROVISIONING');
    iam.destroy();
  });
});

function trustOf(principal: object): string {
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: statement });
}
