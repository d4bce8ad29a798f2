/** Refusals of a definition as a whole: its family, roles, modes and length. */
import { aFargateDefinition, aws, notOneOf, ours, withContainer } from './refusal.ts';

export const DEFINITION_REFUSALS = [
  ours('family', 'a blank family', aFargateDefinition({ family: '' }), 'Family can not be blank.'),
  aws(
    'family',
    'a family with a slash',
    aFargateDefinition({ family: 'a/b' }),
    'Family contains invalid characters.',
  ),
  aws(
    'family',
    'a family of 256 characters',
    aFargateDefinition({ family: 'a'.repeat(256) }),
    'Family contains invalid characters.',
  ),
  ours(
    'containerDefinitions',
    'more than 64 KiB',
    withContainer({ command: ['x'.repeat(65_536)] }),
    "Actual length: '65709'. Max allowed length is '65536' bytes.",
  ),
  aws(
    'taskRoleArn',
    'a task role that is none',
    aFargateDefinition({ taskRoleArn: '' }),
    'Role is not valid',
  ),
  aws(
    'executionRoleArn',
    'an execution role that is a user',
    aFargateDefinition({ executionRoleArn: 'arn:aws:iam::000000000000:user/me' }),
    'Role is not valid',
  ),
  ours(
    'requiresCompatibilities',
    'a compatibility that does not exist',
    aFargateDefinition({ requiresCompatibilities: ['MOON'] }),
    notOneOf(
      'requiresCompatibilities.1.member',
      'MOON',
      ...['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'],
    ),
  ),
  ours(
    'pidMode',
    'a process mode that does not exist',
    aFargateDefinition({ pidMode: 'own' }),
    notOneOf('pidMode', 'own', 'host', 'task'),
  ),
  ours(
    'ipcMode',
    'an IPC mode that does not exist',
    aFargateDefinition({ ipcMode: 'own' }),
    notOneOf('ipcMode', 'own', 'host', 'task', 'none'),
  ),
];
