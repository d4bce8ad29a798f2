/** Asks a source for secrets: all questions of a task at the same time, each answered or failed for good. */
import { AppError } from '../../domain/errors.ts';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import type { SecretReference } from '../../domain/ecs/secret-reference.ts';
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { SecretContext, SecretSource } from '../../ports/secret-source.ts';
import { Limiter } from '../limiter.ts';
import type { ServiceAccess } from '../aws/service-client.ts';
import { attemptedCall, type CallPolicy, type Outcome } from './attempted-call.ts';
import { distinctSecrets, type ParameterBatch, parameterBatches, questionKey } from './wanted-secrets.ts';

export interface SecretsDeps {
  readonly secrets: SecretSource;
  /** Of ECR, for logins to its registries. */
  readonly access: ServiceAccess;
  /** How often, and how long, a service is asked. */
  readonly calls: CallPolicy;
  /** Keys of a task's execution role. */
  readonly credentials: (taskId: string, signal: AbortSignal) => Promise<TaskCredentials>;
  /** The dialer of a task connects from its network. */
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly clock: Clock;
}

/** The text; or which parameters of a call are not there. */
export type Answer = Outcome<{ readonly text: string } | { readonly invalid: readonly string[] }>;
/** By question key. */
export type Answers = ReadonlyMap<string, Answer>;

const CALLS_AT_ONCE = 8;

/** Resolves when every question is answered or has failed; failures are answers. */
export async function askForSecrets(
  references: readonly SecretReference[],
  assignment: TaskAssignment,
  deps: SecretsDeps,
  signal: AbortSignal,
): Promise<Answers> {
  const answers = new Map<string, Answer>();
  const limiter = new Limiter(CALLS_AT_ONCE);
  const call = <T>(region: string, ask: (source: SecretSource, context: SecretContext) => Promise<T>) =>
    attemptedCall(
      (inner) => limiter.run(() => ask(deps.secrets, contextOf(region, assignment, deps, inner)), inner),
      deps.calls,
      deps.clock,
      signal,
    );
  const secrets = distinctSecrets(references).map(async (secret) => {
    const outcome = await call(secret.region, async (source, context) => ({
      text: await source.secretValue(secret, context),
    }));
    answers.set(questionKey(secret), outcome);
  });
  const parameters = parameterBatches(references).map(async (batch) => {
    const outcome = await call(batch.region, (source, context) => source.parameters(batch.names, context));
    for (const [name, answer] of answersOfBatch(batch, outcome)) {
      answers.set(questionKey({ service: 'ssm', region: batch.region, name }), answer);
    }
  });
  await Promise.all([...secrets, ...parameters]);
  return answers;
}

/** One parameter that is missing fails all of its call, as it does on AWS. */
function answersOfBatch(
  { names }: ParameterBatch,
  outcome: Outcome<Awaited<ReturnType<SecretSource['parameters']>>>,
): (readonly [string, Answer])[] {
  if ('error' in outcome) return names.map((name) => [name, outcome]);
  const { attempts } = outcome;
  const { values, invalid } = outcome.value;
  const unanswered = names.filter((name) => !values.has(name));
  if (unanswered.length > 0) {
    const missing = { invalid: invalid.length > 0 ? invalid : unanswered };
    return names.map((name) => [name, { attempts, value: missing }]);
  }
  return names.map((name) => [name, { attempts, value: { text: values.get(name) ?? '' } }]);
}

function contextOf(
  region: string,
  { taskId, ...assignment }: TaskAssignment,
  deps: SecretsDeps,
  signal: AbortSignal,
): SecretContext {
  const { throughTaskInterface } = platformVersion(assignment.platformVersion);
  return {
    region,
    signal,
    ...(throughTaskInterface.secrets && { dialer: deps.network.dialer(taskId) }),
    credentials: () => roleCredentials(deps, taskId, signal),
  };
}

/** Keys of the task's execution role. Rejects with `failed-precondition`: not the service's silence, worth another try. */
export async function roleCredentials(
  { credentials }: Pick<SecretsDeps, 'credentials'>,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskCredentials> {
  try {
    return await credentials(taskId, signal);
  } catch (error) {
    throw new AppError('failed-precondition', 'unable to find execution role credentials', { cause: error });
  }
}
