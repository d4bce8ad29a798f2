/** Which secrets a task names, for what, and the fewest questions that answer them all. */
import { type AppError, toAppError } from '../../domain/errors.ts';
import {
  type ManagedSecret,
  type Parameter,
  parseCredentialsParameter,
  parseSecretReference,
  type SecretReference,
} from '../../domain/ecs/secret-reference.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { MOST_PARAMETERS } from '../../ports/secret-source.ts';

/** One place of the task definition that names a secret. */
export interface WantedSecret {
  readonly container: string;
  readonly place: 'environment' | 'logOptions' | 'registryAuth';
  /** Of the variable or of the option; empty for a registry. */
  readonly name: string;
  /** What the definition says; `invalid` in AWS's words where that is nothing. */
  readonly reference: SecretReference | AppError;
}

/** In the order of the definition. */
export function wantedSecrets({ containers, region }: TaskAssignment): WantedSecret[] {
  return containers.flatMap(({ definition }) => {
    const { name: container, secrets = [], logConfiguration, repositoryCredentials } = definition;
    const parameter = repositoryCredentials?.credentialsParameter;
    const named = (place: WantedSecret['place']) => (secret: (typeof secrets)[number]) => ({
      container,
      place,
      name: secret.name ?? '',
      reference: orRefusal(() => parseSecretReference(secret.valueFrom ?? '', region)),
    });
    const registry =
      parameter === undefined
        ? []
        : [orRefusal(() => parseCredentialsParameter(parameter, region))].map((reference) => ({
            container,
            place: 'registryAuth' as const,
            name: '',
            reference,
          }));
    return [
      ...secrets.map(named('environment')),
      ...(logConfiguration?.secretOptions ?? []).map(named('logOptions')),
      ...registry,
    ];
  });
}

/** Tells one version of a secret, or one parameter, from another: members of one secret's JSON share a question. */
export function questionKey(reference: SecretReference): string {
  if (reference.service === 'ssm') return `ssm ${reference.region} ${reference.name}`;
  const { region, secretId, versionStage = '', versionId = '' } = reference;
  return `asm ${region} ${secretId} ${versionStage} ${versionId}`;
}

/** Every version of a secret that is wanted, once. */
export function distinctSecrets(references: readonly SecretReference[]): ManagedSecret[] {
  const byKey = new Map(
    references.filter((each) => each.service === 'secretsmanager').map((each) => [questionKey(each), each]),
  );
  return [...byKey.values()];
}

export interface ParameterBatch {
  readonly region: string;
  readonly names: readonly string[];
}

/** Every parameter that is wanted, once, as few calls as the service takes. */
export function parameterBatches(references: readonly SecretReference[]): ParameterBatch[] {
  const parameters = references.filter((each): each is Parameter => each.service === 'ssm');
  const regions = [...new Set(parameters.map(({ region }) => region))];
  return regions.flatMap((region) => {
    const names = [...new Set(parameters.filter((each) => each.region === region).map(({ name }) => name))];
    const batches = Math.ceil(names.length / MOST_PARAMETERS);
    return Array.from({ length: batches }, (_, index) => ({
      region,
      names: names.slice(index * MOST_PARAMETERS, (index + 1) * MOST_PARAMETERS),
    }));
  });
}

function orRefusal<T>(parse: () => T): T | AppError {
  try {
    return parse();
  } catch (error) {
    return toAppError(error);
  }
}
