/**
 * All values that a task's definition takes from Secrets Manager and SSM: variables, options of log drivers, users of
 * private registries. They live in the memory of the task's runner only, and cannot be written out by accident.
 */
import { inspect } from 'node:util';
import { AppError, hasKind, toAppError } from '../../domain/errors.ts';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import {
  parseSecretReference,
  registryAuth,
  type SecretReference,
  secretText,
} from '../../domain/ecs/secret-reference.ts';
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretAccess, SecretSource } from '../../ports/secret-source.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

export interface SecretsDeps {
  readonly source: SecretSource;
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly credentials: (taskId: string, signal: AbortSignal) => Promise<TaskCredentials>;
  readonly clock: Clock;
}

/** Where a value goes. */
interface Use {
  readonly container: string;
  readonly kind: 'environment' | 'log-option' | 'registry';
  readonly name: string;
  readonly reference: SecretReference;
}

const SERVICE_WORDS = {
  secretsmanager: 'unable to retrieve secret from asm',
  ssm: 'unable to retrieve secrets from ssm',
} as const;
const PREFIX = 'unable to pull secrets or registry auth: execution resource retrieval failed';
const ATTEMPTS = 3;
const FIRST_DELAY_MS = 100;

/** Values by container. Printing one, or turning it into JSON, shows nothing. */
export class TaskSecrets {
  readonly #values = new Map<string, string>();
  readonly #auth = new Map<string, RegistryAuth>();

  constructor(values: readonly { use: Use; text: string }[] = []) {
    for (const { use, text } of values) {
      if (use.kind === 'registry') this.#auth.set(use.container, registryAuth(text));
      else this.#values.set(keyOf(use), secretText(text, use.reference.jsonKey));
    }
  }

  /** Variables of a container, by name. */
  environment(container: string): Record<string, string> {
    return this.#of(container, 'environment');
  }

  /** Options of a container's log driver, by name. */
  logOptions(container: string): Record<string, string> {
    return this.#of(container, 'log-option');
  }

  registryAuth(container: string): RegistryAuth | undefined {
    return this.#auth.get(container);
  }

  toJSON(): string {
    return '[secrets]';
  }

  [inspect.custom](): string {
    return '[secrets]';
  }

  #of(container: string, kind: Use['kind']): Record<string, string> {
    const prefix = keyOf({ container, kind, name: '' });
    const found = [...this.#values].filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(found.map(([key, value]) => [key.slice(prefix.length), value]));
  }
}

/**
 * One question for each secret, all at the same time. Rejects with what users read after
 * `ResourceInitializationError: `; `aborted` by the signal.
 */
export async function fetchSecrets(
  assignment: TaskAssignment,
  deps: SecretsDeps,
  signal: AbortSignal,
): Promise<TaskSecrets> {
  const uses = usesOf(assignment);
  const questions = new Map(uses.map((use) => [questionOf(use.reference), use.reference]));
  const access = accessFor(assignment, deps, signal);
  const answers = await Promise.allSettled(
    [...questions].map(
      async ([question, reference]): Promise<[string, string]> => [
        question,
        await ask(reference, deps, access),
      ],
    ),
  );
  if (signal.aborted) throw new AppError('aborted', 'context canceled');
  const failures = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [toAppError(answer.reason)] : [],
  );
  if (failures[0] !== undefined) throw joined(failures);
  const texts = new Map(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])));
  return withWords(() => {
    return new TaskSecrets(uses.map((use) => ({ use, text: texts.get(questionOf(use.reference)) ?? '' })));
  });
}

function usesOf({ containers, region }: TaskAssignment): Use[] {
  return containers.flatMap(({ definition }) => {
    const { name: container, secrets, logConfiguration, repositoryCredentials } = definition;
    const use = (kind: Use['kind'], name = '', valueFrom = ''): Use => {
      return withWords(() => ({ container, kind, name, reference: parseSecretReference(valueFrom, region) }));
    };
    const registry = repositoryCredentials?.credentialsParameter;
    return [
      ...(secrets ?? []).map(({ name, valueFrom }) => use('environment', name, valueFrom)),
      ...(logConfiguration?.secretOptions ?? []).map(({ name, valueFrom }) =>
        use('log-option', name, valueFrom),
      ),
      ...(registry === undefined ? [] : [use('registry', '', registry)]),
    ];
  });
}

function keyOf({ container, kind, name }: Pick<Use, 'container' | 'kind' | 'name'>): string {
  return `${container} ${kind} ${name}`;
}

/** The same secret in the same version is asked for once, whichever of its members are wanted. */
function questionOf({ id, region, versionStage = '', versionId = '' }: SecretReference): string {
  return [id, region, versionStage, versionId].join(' ');
}

function accessFor(assignment: TaskAssignment, deps: SecretsDeps, signal: AbortSignal): SecretAccess {
  const { taskId } = assignment;
  const isOwnWay = platformVersion(assignment.platformVersion).throughTaskInterface.secrets;
  return {
    ...(isOwnWay && { dialer: deps.network.dialer(taskId) }),
    credentials: () => deps.credentials(taskId, signal),
    signal,
  };
}

/** Tries again what may get better. */
async function ask(
  reference: SecretReference,
  { source, clock }: SecretsDeps,
  access: SecretAccess,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await source.get(reference, access);
    } catch (error) {
      const failure = toAppError(error);
      if (attempt >= ATTEMPTS || !failure.retryable || access.signal.aborted) {
        throw worded(reference, failure, attempt);
      }
    }
    await clock.sleep(FIRST_DELAY_MS * 2 ** (attempt - 1), access.signal);
  }
}

function worded({ service, id }: SecretReference, failure: AppError, attempts: number): AppError {
  const fetched =
    service === 'ssm'
      ? failure.message
      : `failed to fetch secret ${id} from secrets manager: ${failure.message}`;
  const text = `${SERVICE_WORDS[service]}: service call has been retried ${attempts} time(s): ${fetched}`;
  return new AppError(failure.kind, text, { cause: failure });
}

function joined(failures: readonly AppError[]): AppError {
  const [first] = failures as [AppError, ...AppError[]];
  const text = [...new Set(failures.map(({ message }) => message))].join('; ');
  return new AppError(kindFor(first), `${PREFIX}: ${text}`, { cause: first });
}

/** What a definition or a secret's text is wrong about. */
function withWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!hasKind(error, 'invalid')) throw error;
    const text = `${PREFIX}: ${SERVICE_WORDS.secretsmanager}: ${error.message}`;
    throw new AppError('invalid', text, { cause: error });
  }
}

/** A source that broke is a failure of the task's resources too, not one of the agent. */
function kindFor({ kind }: AppError): AppError['kind'] {
  return kind === 'internal' ? 'unavailable' : kind;
}
