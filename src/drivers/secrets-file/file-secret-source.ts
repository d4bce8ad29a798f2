/**
 * Secrets from a file of this machine, for both of AWS's services. The file is read for every question, so that an edit
 * counts for the next task; it must be open to its owner only. Nothing leaves the machine, and no credentials are
 * needed.
 */
import { AppError } from '../../domain/errors.ts';
import { readPrivateFile } from '../../linux/private-file.ts';
import {
  MOST_PARAMETERS,
  type Parameters,
  type SecretContext,
  type SecretSource,
  type SecretVersion,
} from '../../ports/secret-source.ts';
import { findParameter, findSecret, parseSecretsFile, type SecretsFile } from './secrets-file.ts';

const MAX_BYTES = 4 * 2 ** 20;

export class FileSecretSource implements SecretSource {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async secretValue(version: SecretVersion, { region, signal }: SecretContext): Promise<string> {
    const found = findSecret(await this.#read(signal), version, region);
    if (found !== undefined) return found;
    throw new AppError('not-found', notFoundWords(version), {
      details: { awsCode: 'ResourceNotFoundException', secretId: version.secretId },
    });
  }

  async parameters(names: readonly string[], { region, signal }: SecretContext): Promise<Parameters> {
    if (names.length > MOST_PARAMETERS) {
      throw new AppError('invalid', `at most ${MOST_PARAMETERS} parameters at once, not ${names.length}`);
    }
    const file = await this.#read(signal);
    const found = names.map((name) => [name, findParameter(file, name, region)] as const);
    return {
      values: new Map(
        found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      ),
      invalid: found.filter(([, value]) => value === undefined).map(([name]) => name),
    };
  }

  async #read(signal: AbortSignal | undefined): Promise<SecretsFile> {
    if (signal?.aborted === true) throw new AppError('aborted', 'context canceled');
    return parseSecretsFile(await this.#text(), this.#path);
  }

  async #text(): Promise<string> {
    try {
      return await readPrivateFile(this.#path, MAX_BYTES);
    } catch (error) {
      // `not-found` would mean that a secret is missing.
      if (!(error instanceof AppError) || error.kind !== 'not-found') throw error;
      throw new AppError('failed-precondition', `the file of secrets ${this.#path} is not there`, {
        cause: error,
      });
    }
  }
}

function notFoundWords({ versionStage, versionId }: SecretVersion): string {
  if (versionId !== undefined) {
    return `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`;
  }
  if (versionStage !== undefined && versionStage !== 'AWSCURRENT') {
    return `Secrets Manager can't find the specified secret value for staging label: ${versionStage}`;
  }
  return "Secrets Manager can't find the specified secret.";
}
