/**
 * Secrets in memory, for tests: secrets by ARN, parameters by name, in whatever region. Remembers what it was asked, and
 * fails as it is told.
 */
import { parseArn } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import {
  MOST_PARAMETERS,
  type Parameters,
  type SecretContext,
  type SecretSource,
  type SecretVersion,
} from '../../ports/secret-source.ts';

export interface MemorySecrets {
  /** Texts of current versions by ARN. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface AskedSecret {
  /** The secret's id with its version, or the parameters' names. */
  readonly what: string;
  readonly context: SecretContext;
}

/** Awaited before the answer; throws to fail the call. */
export type SecretScript = (asked: AskedSecret) => void | Promise<void>;

export class MemorySecretSource implements SecretSource {
  readonly asked: AskedSecret[] = [];
  readonly #contents: MemorySecrets;
  readonly #script: SecretScript;

  constructor(contents: MemorySecrets, script: SecretScript = () => undefined) {
    this.#contents = contents;
    this.#script = script;
  }

  async secretValue(version: SecretVersion, context: SecretContext): Promise<string> {
    const { secretId, versionStage = 'AWSCURRENT', versionId = '' } = version;
    await this.#ask({ what: [secretId, versionStage, versionId].join(' ').trim(), context });
    const secrets = this.#contents.secrets ?? {};
    const arn = Object.keys(secrets).find((each) => each === secretId || nameOf(each) === secretId);
    const text = arn === undefined ? undefined : secrets[arn];
    if (text !== undefined && versionStage === 'AWSCURRENT' && versionId === '') return text;
    throw new AppError('not-found', "Secrets Manager can't find the specified secret.", {
      details: { awsCode: 'ResourceNotFoundException' },
    });
  }

  async parameters(names: readonly string[], context: SecretContext): Promise<Parameters> {
    await this.#ask({ what: names.join(','), context });
    if (names.length > MOST_PARAMETERS) throw new AppError('invalid', 'too many names');
    const known = this.#contents.parameters ?? {};
    const nameIn = (name: string): string => [name, ...pathsOf(name)].find((each) => each in known) ?? name;
    const there = names.filter((name) => nameIn(name) in known);
    return {
      values: new Map(there.map((name) => [name, known[nameIn(name)] ?? ''])),
      invalid: names.filter((name) => !there.includes(name)),
    };
  }

  async #ask(asked: AskedSecret): Promise<void> {
    if (asked.context.signal?.aborted === true) throw new AppError('aborted', 'context canceled');
    this.asked.push(asked);
    await this.#script(asked);
  }
}

function nameOf(arn: string): string | undefined {
  return parseArn(arn)?.resource.replace(/^secret:(.*)-\w{6}$/, '$1');
}

function pathsOf(arn: string): string[] {
  const path = parseArn(arn)?.resource.replace(/^parameter\//, '');
  return path === undefined ? [] : [path, `/${path}`];
}
