/** Secrets from AWS Secrets Manager and the Parameter Store, asked for a task as its platform version has it. */
import { AppError } from '../../domain/errors.ts';
import type { Parameters, SecretContext, SecretSource, SecretVersion } from '../../ports/secret-source.ts';
import {
  GetParameters$,
  type GetParametersResult,
  GetSecretValue$,
  type GetSecretValueResponse,
} from '../../wire/aws-json/task-operations.ts';
import type { OperationSchema } from '../../wire/service.ts';
import type { SigningCredentials } from '../../wire/sigv4/sign.ts';
import { askService, openServiceClient, type ServiceAccess } from './service-client.ts';

type Service = 'secretsmanager' | 'ssm';

/** The services of another account than Neargate's: asked from the machine itself, whatever the task's network lets through. */
export interface OtherServices {
  readonly endpoint: (service: Service, region: string) => URL;
  readonly credentials: () => Promise<SigningCredentials>;
}

const TARGET_PREFIXES = { secretsmanager: 'secretsmanager', ssm: 'AmazonSSM' } as const;

export class ServiceSecretSource implements SecretSource {
  readonly #access: ServiceAccess;
  readonly #timeoutMs: number;
  readonly #others: OtherServices | undefined;

  /** `timeoutMs`: for one call, connecting included. */
  constructor(access: ServiceAccess, timeoutMs: number, others?: OtherServices) {
    this.#access = access;
    this.#timeoutMs = timeoutMs;
    this.#others = others;
  }

  async secretValue(version: SecretVersion, context: SecretContext): Promise<string> {
    const { secretId, versionId, versionStage } = version;
    const input = {
      SecretId: secretId,
      ...(versionId !== undefined && { VersionId: versionId }),
      ...(versionStage !== undefined && { VersionStage: versionStage }),
    };
    const found = await this.#ask<GetSecretValueResponse>('secretsmanager', GetSecretValue$, input, context);
    if (found.SecretString !== undefined) return found.SecretString;
    throw new AppError('invalid', `the secret ${secretId} has no text`);
  }

  async parameters(names: readonly string[], context: SecretContext): Promise<Parameters> {
    const input = { Names: names, WithDecryption: true };
    const answer = await this.#ask<GetParametersResult>('ssm', GetParameters$, input, context);
    const found = answer.Parameters ?? [];
    const valueOf = (name: string): string | undefined =>
      found.find(({ Name, ARN }) => Name === name || ARN === name)?.Value;
    return {
      values: new Map(
        names.flatMap((name) => {
          const value = valueOf(name);
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
      invalid: names.filter((name) => valueOf(name) === undefined),
    };
  }

  async #ask<O>(
    service: Service,
    operation: OperationSchema,
    input: object,
    { region, dialer, credentials, signal }: SecretContext,
  ): Promise<O> {
    const others = this.#others;
    const way =
      others === undefined
        ? { credentials, dialer }
        : {
            credentials: others.credentials,
            dialer: undefined,
            endpoint: others.endpoint(service, region),
          };
    const client = openServiceClient(this.#access, {
      hostPrefix: service,
      signingName: service,
      targetPrefix: TARGET_PREFIXES[service],
      region,
      timeoutMs: this.#timeoutMs,
      ...way,
    });
    try {
      return await askService<O>(client, operation, input, signal);
    } finally {
      client.close();
    }
  }
}
