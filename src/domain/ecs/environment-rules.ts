/** Environment variables, files of them and secrets: the rules that registration and the overrides of RunTask share. */
import { ApiError } from '../errors.ts';
import { checkEnum, constraintError, type RefusalCode } from './constraints.ts';
import type { ContainerDefinition, EnvironmentFile, KeyValuePair, Secret } from './task-definition.ts';

const MAX_FILES = 10;
const OBJECT_ARN = /^arn:aws[a-z-]*:s3:::[^/]+\/.+$/;

export type Environment = Pick<ContainerDefinition, 'environment' | 'environmentFiles' | 'secrets'>;

/** Throws for the first rule that is broken; `path` is the container's. */
export function checkEnvironment(environment: Environment, path: string, code: RefusalCode): void {
  checkVariables(environment.environment ?? [], code);
  checkFiles(environment.environmentFiles ?? [], path, code);
  checkNotShared(environment, code);
}

function checkVariables(variables: readonly KeyValuePair[], code: RefusalCode): void {
  if (variables.every(({ name }) => (name ?? '') !== '')) return;
  throw new ApiError(code, 'Environment variable name is required.');
}

function checkFiles(files: readonly EnvironmentFile[], path: string, code: RefusalCode): void {
  if (files.length > MAX_FILES) {
    throw new ApiError(
      code,
      'The maximum number of environment files was exceeded. Specify ten or less and try again.',
    );
  }
  files.forEach(({ type, value = '' }, index) => {
    const at = `${path}.environmentFiles.${index + 1}.member`;
    checkEnum(code, `${at}.type`, type, ['s3']);
    if (!OBJECT_ARN.test(value)) throw new ApiError(code, 'Invalid arn syntax.');
    if (!value.endsWith('.env')) throw constraintError(code, `${at}.value`, value, 'Member must end in .env');
  });
}

/** A variable that is a secret cannot have a value of its own as well. */
function checkNotShared({ environment = [], secrets = [] }: Environment, code: RefusalCode): void {
  const names = new Set(environment.map(({ name }) => name));
  const shared = secrets.find(({ name }) => names.has(name));
  if (shared === undefined) return;
  throw new ApiError(
    code,
    `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${shared.name}'.`,
  );
}

/** Secrets of a container or of its log driver. Throws for one without name or source. */
export function checkSecrets(secrets: readonly Secret[], path: string, code: RefusalCode): void {
  secrets.forEach((secret, index) => {
    for (const member of ['name', 'valueFrom'] as const) {
      if ((secret[member] ?? '') !== '') continue;
      const at = `${path}.${index + 1}.member.${member}`;
      throw constraintError(code, at, '', 'Member must have length greater than or equal to 1');
    }
  });
}
