/**
 * Secrets and parameters from one file on this machine, for those who have no other store: a JSON object whose members
 * are named by ARN or name. Read anew at each question, so that a change counts for the next task. Only its owner may
 * be able to read the file.
 */
import { open } from 'node:fs/promises';
import { AppError } from '../../domain/errors.ts';
import type { SecretAccess, SecretQuery, SecretSource } from '../../ports/secret-source.ts';

const MAX_BYTES = 4 * 2 ** 20;
const READABLE_BY_OTHERS = 0o077;

export class FileSecretSource implements SecretSource {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async get(query: SecretQuery, { signal }: SecretAccess): Promise<string> {
    if (signal.aborted) throw new AppError('aborted', 'context canceled');
    const values = parse(await this.#read(), this.#path);
    const name = namesOf(query).find((each) => Object.hasOwn(values, each));
    if (name === undefined || query.versionId !== undefined || !isCurrent(query.versionStage)) {
      throw new AppError('not-found', notFound(query));
    }
    const value = values[name];
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  async #read(): Promise<string> {
    const file = await open(this.#path, 'r').catch((error: NodeJS.ErrnoException) => {
      throw new AppError('unavailable', `the file of secrets cannot be read: ${error.code ?? 'unknown'}`);
    });
    try {
      const { mode, size } = await file.stat();
      if ((mode & READABLE_BY_OTHERS) !== 0) {
        throw new AppError('failed-precondition', 'the file of secrets can be read by others: chmod 600 it');
      }
      if (size > MAX_BYTES) throw new AppError('invalid', 'the file of secrets is too long');
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }
}

/** The message names the file and nothing of what is in it. */
function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // The parser's own message would show a piece of the file.
  }
  throw new AppError('invalid', `${path} is no JSON object`);
}

/**
 * The names that a value may stand under: as it is asked for; by its bare name; a secret's also without the six
 * characters that AWS puts behind it. A parameter's name is what follows `parameter` in its ARN, with or without the
 * slash.
 */
function namesOf({ id, service }: SecretQuery): string[] {
  const mark = service === 'ssm' ? ':parameter/' : ':secret:';
  const at = id.startsWith('arn:') ? id.indexOf(mark) : -1;
  if (at < 0) return service === 'ssm' && id.startsWith('/') ? [id, id.slice(1)] : [id];
  const name = id.slice(at + mark.length);
  return service === 'ssm' ? [id, `/${name}`, name] : [id, name, name.replace(/-[A-Za-z0-9]{6}$/, '')];
}

function isCurrent(stage: string | undefined): boolean {
  return stage === undefined || stage === 'AWSCURRENT';
}

function notFound({ service, id, region }: SecretQuery): string {
  if (service === 'ssm') {
    return `fetching secret data from SSM Parameter Store in ${region}: invalid parameters: ${id}`;
  }
  return `ResourceNotFoundException: The task can't retrieve the secret with ARN '${id}' from AWS Secrets Manager. Check whether the secret exists in the specified Region`;
}
