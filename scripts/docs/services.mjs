/**
 * The services that Neargate serves, with the SDK package whose schemas each is made from. One whose errors the SDK
 * models has their namespace.
 */
import * as cloudwatchSdk from '@aws-sdk/client-cloudwatch';
import * as ecrSdk from '@aws-sdk/client-ecr';
import * as ecsSdk from '@aws-sdk/client-ecs';
import * as efsSdk from '@aws-sdk/client-efs';
import * as ec2Sdk from '@aws-sdk/client-ec2';
import * as iamSdk from '@aws-sdk/client-iam';
import * as logsSdk from '@aws-sdk/client-cloudwatch-logs';
import * as secretsSdk from '@aws-sdk/client-secrets-manager';
import * as ssmSdk from '@aws-sdk/client-ssm';
import * as stsSdk from '@aws-sdk/client-sts';
import { join } from 'node:path';
import { ROOT } from '../project.mjs';

/** The kind of an operation among the SDK's schemas. */
const OPERATION = 9;

export async function services() {
  const load = (path) => import(join(ROOT, 'dist/src/services', path));
  const [
    { createEcsService },
    { createLogsService },
    { createCloudWatchServices },
    { createEc2Service },
    { createEcrService },
    { createSecretsManagerService },
    { createSsmService },
    { createEfsService },
    { createIamService },
    { createStsService },
  ] = await Promise.all(
    ['ecs', 'logs', 'cloudwatch', 'ec2', 'ecr', 'secretsmanager', 'ssm', 'efs', 'iam', 'sts'].map((folder) =>
      load(`${folder}/service.js`),
    ),
  );
  return [
    {
      title: 'Amazon ECS',
      folder: 'ecs',
      sdk: ecsSdk,
      namespace: 'com.amazonaws.ecs',
      service: createEcsService(noParts()),
    },
    {
      title: 'Amazon CloudWatch Logs',
      folder: 'logs',
      sdk: logsSdk,
      namespace: 'com.amazonaws.cloudwatchlogs',
      service: createLogsService(noParts()),
    },
    {
      title: 'Amazon CloudWatch',
      folder: 'cloudwatch',
      sdk: cloudwatchSdk,
      // Most of CloudWatch is about alarms and dashboards.
      isPart: true,
      namespace: 'com.amazonaws.cloudwatch',
      // The same operations in each protocol.
      service: createCloudWatchServices(noParts())[0],
    },
    {
      title: 'Amazon EC2 (VPC)',
      folder: 'ec2',
      sdk: ec2Sdk,
      // Most of EC2 is about virtual machines.
      isPart: true,
      service: createEc2Service(noParts()),
    },
    {
      title: 'Amazon ECR',
      folder: 'ecr',
      sdk: ecrSdk,
      namespace: 'com.amazonaws.ecr',
      service: createEcrService(noParts()),
    },
    {
      title: 'AWS Secrets Manager',
      folder: 'secretsmanager',
      sdk: secretsSdk,
      namespace: 'com.amazonaws.secretsmanager',
      service: createSecretsManagerService(noParts()),
    },
    {
      title: 'AWS Systems Manager (Parameter Store)',
      folder: 'ssm',
      sdk: ssmSdk,
      // Most of Systems Manager is about virtual machines.
      isPart: true,
      namespace: 'com.amazonaws.ssm',
      service: createSsmService(noParts()),
    },
    {
      title: 'Amazon EFS',
      folder: 'efs',
      sdk: efsSdk,
      namespace: 'com.amazonaws.efs',
      // Its exceptions are all in its own folder.
      sharesRules: false,
      service: createEfsService(noParts()),
    },
    {
      title: 'AWS IAM',
      folder: 'iam',
      sdk: iamSdk,
      // Most of IAM is about users.
      isPart: true,
      namespace: 'com.amazonaws.iam',
      service: createIamService(noParts()),
    },
    {
      title: 'AWS STS',
      folder: 'sts',
      sdk: stsSdk,
      namespace: 'com.amazonaws.sts',
      service: createStsService(noParts()),
    },
  ];
}

/** Names of all operations that AWS has, in alphabetical order. */
export function operationsOf(sdk) {
  return Object.values(sdk)
    .filter((value) => Array.isArray(value) && value[0] === OPERATION)
    .map((schema) => schema[2])
    .sort((one, other) => (one < other ? -1 : 1));
}

/** Stands for the parts of a service: it is only asked for its operations. */
function noParts() {
  return new Proxy(() => undefined, { get: () => noParts(), apply: () => noParts() });
}
