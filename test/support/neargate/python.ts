/** Runs Debian's AWS CLI and boto3 against an instance, with its keys in a file that only root reads. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Neargate } from './instance.ts';

const run = promisify(execFile);
const AWS = '/usr/bin/aws';
const PYTHON = '/usr/bin/python3';

/** Why the tools cannot be used, or undefined. */
export async function toolsMissing(): Promise<string | undefined> {
  try {
    await run(AWS, ['--version']);
    await run(PYTHON, ['-c', 'import boto3']);
    return undefined;
  } catch {
    return 'awscli or python3-boto3 is missing (Debian packages)';
  }
}

/** `aws … --output json`; resolves with what it prints, parsed (undefined for nothing). */
export async function aws(neargate: Neargate, ...args: string[]): Promise<unknown> {
  const printed = await awsText(neargate, ...args);
  return printed === '' ? undefined : JSON.parse(printed);
}

/** Resolves with what `aws` prints. */
export async function awsText(neargate: Neargate, ...args: string[]): Promise<string> {
  const { stdout } = await run(AWS, ['--endpoint-url', neargate.info.endpoint, '--output', 'json', ...args], {
    env: environment(neargate),
  });
  return stdout.trim();
}

/** Runs a Python program with boto3; `ENDPOINT` is in its environment. Resolves with what it prints. */
export async function python(
  neargate: Neargate,
  program: string,
  values: Record<string, string>,
): Promise<string> {
  const { stdout } = await run(PYTHON, ['-c', program], { env: { ...environment(neargate), ...values } });
  return stdout;
}

/** Runs a shell script in which `aws` is the AWS CLI for the instance. Resolves with what it prints. */
export async function shell(
  neargate: Neargate,
  script: string,
  values: Record<string, string>,
): Promise<string> {
  const aws = `aws() { ${AWS} --endpoint-url "$ENDPOINT" "$@"; }\n`;
  const { stdout } = await run('/bin/bash', ['--norc', '-c', aws + script], {
    env: { ...environment(neargate), ...values },
  });
  return stdout;
}

function environment(neargate: Neargate): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    ENDPOINT: neargate.info.endpoint,
    AWS_SHARED_CREDENTIALS_FILE: join(neargate.dataDir, 'credentials'),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_PROFILE: 'neargate',
    AWS_DEFAULT_REGION: neargate.info.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  };
}
