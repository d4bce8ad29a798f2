/** Refusals of environment variables, of files of them, and of secrets. */
import { aws, constraint, FIRST, notOneOf, ours, ROLE, withContainer } from './refusal.ts';

const C = 'containerDefinitions[]';
const file = (value: string, type = 's3') => withContainer({ environmentFiles: [{ type, value }] });
const secret = (secrets: { name: string; valueFrom: string }[], more: object = {}) =>
  withContainer({ secrets, ...more }, { executionRoleArn: ROLE });

export const ENVIRONMENT_REFUSALS = [
  aws(
    `${C}.environment[].name`,
    'a variable without name',
    withContainer({ environment: [{ name: '', value: 'v' }] }),
    'Environment variable name is required.',
  ),
  aws(
    `${C}.environmentFiles`,
    'eleven environment files',
    withContainer({
      environmentFiles: Array.from({ length: 11 }, (_, n) => ({
        type: 's3',
        value: `arn:aws:s3:::b/${n}.env`,
      })),
    }),
    'The maximum number of environment files was exceeded. Specify ten or less and try again.',
  ),
  aws(
    `${C}.environmentFiles[].value`,
    'an environment file by its URL',
    file('s3://b/a.env'),
    'Invalid arn syntax.',
  ),
  aws(
    `${C}.environmentFiles[].value`,
    'a bucket for an environment file',
    file('arn:aws:s3:::b'),
    'Invalid arn syntax.',
  ),
  ours(
    `${C}.environmentFiles[].value`,
    'an environment file with another ending',
    file('arn:aws:s3:::b/a.txt'),
    constraint(`${FIRST}.environmentFiles.1.member.value`, 'arn:aws:s3:::b/a.txt', 'Member must end in .env'),
  ),
  ours(
    `${C}.environmentFiles[].type`,
    'an environment file from somewhere else',
    file('arn:aws:s3:::b/a.env', 'efs'),
    notOneOf(`${FIRST}.environmentFiles.1.member.type`, 'efs', 's3'),
  ),
  ours(
    `${C}.secrets[].name`,
    'a secret without name',
    secret([{ name: '', valueFrom: 'a' }]),
    constraint(`${FIRST}.secrets.1.member.name`, '', 'Member must have length greater than or equal to 1'),
  ),
  ours(
    `${C}.secrets[].valueFrom`,
    'a secret without source',
    secret([{ name: 'A', valueFrom: '' }]),
    constraint(
      `${FIRST}.secrets.1.member.valueFrom`,
      '',
      'Member must have length greater than or equal to 1',
    ),
  ),
  aws(
    `${C}.secrets[].name`,
    'a secret twice',
    secret([
      { name: 'A', valueFrom: 'a' },
      { name: 'A', valueFrom: 'b' },
    ]),
    'Duplicate secret names found: A. Each secret name must be unique.',
  ),
  aws(
    `${C}.secrets[].name`,
    'a secret that is a variable, too',
    secret([{ name: 'A', valueFrom: 'a' }], { environment: [{ name: 'A', value: '1' }] }),
    "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'A'.",
  ),
  aws(
    `${C}.secrets`,
    'secrets without execution role',
    withContainer({ secrets: [{ name: 'A', valueFrom: 'a' }] }),
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ),
  ours(
    `${C}.logConfiguration.secretOptions[].valueFrom`,
    'a secret log option without source',
    withContainer({
      logConfiguration: { logDriver: 'awsfirelens', secretOptions: [{ name: 'k', valueFrom: '' }] },
    }),
    constraint(
      `${FIRST}.logConfiguration.secretOptions.1.member.valueFrom`,
      '',
      'Member must have length greater than or equal to 1',
    ),
  ),
  ours(
    `${C}.logConfiguration.secretOptions[].name`,
    'a secret log option without name',
    withContainer({
      logConfiguration: { logDriver: 'awsfirelens', secretOptions: [{ name: '', valueFrom: 'a' }] },
    }),
    constraint(
      `${FIRST}.logConfiguration.secretOptions.1.member.name`,
      '',
      'Member must have length greater than or equal to 1',
    ),
  ),
  aws(
    `${C}.logConfiguration.secretOptions`,
    'secret log options without execution role',
    withContainer({
      logConfiguration: {
        logDriver: 'splunk',
        options: { 'splunk-url': 'https://splunk.example' },
        secretOptions: [{ name: 'splunk-token', valueFrom: 'token' }],
      },
    }),
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ),
];
