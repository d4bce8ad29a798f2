/**
 * The secrets of a task and its logins to ECR's registries, had before its images are pulled: all secrets, or the task
 * fails with every reason in one text; then all logins.
 */
import { AppError, toAppError } from '../../domain/errors.ts';
import {
  type RegistryAuth,
  registryAuthOf,
  type SecretReference,
  secretText,
} from '../../domain/ecs/secret-reference.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { serviceUrl } from '../aws/service-client.ts';
import { fetchRegistryLogins } from './registry-logins.ts';
import { type Answers, askForSecrets, type SecretsDeps } from './secret-answers.ts';
import {
  type FailedSecretCall,
  invalidParametersText,
  joinFailures,
  parametersCallFailure,
  registryCallFailure,
  secretCallFailure,
  type SecretFailure,
  type SecretUse,
  valueText,
} from './secret-failure.ts';
import { TaskSecrets, type Values } from './task-secrets.ts';
import { questionKey, type WantedSecret, wantedSecrets } from './wanted-secrets.ts';

export type { SecretsDeps } from './secret-answers.ts';

/** What is known of one wanted secret in the end. */
type Found =
  | { readonly text: string }
  | { readonly auth: RegistryAuth }
  | { readonly failure: SecretFailure; readonly error: AppError };

/**
 * The values of `secrets`, `secretOptions` and `repositoryCredentials` of all containers, and logins for images of ECR.
 * May be repeated; asks nobody when the task needs none. Rejects with an AppError whose message is what users read after
 * `ResourceInitializationError: `, without any value; kind `aborted` when the signal fired.
 */
export async function fetchSecrets(
  assignment: TaskAssignment,
  deps: SecretsDeps,
  signal: AbortSignal,
): Promise<TaskSecrets> {
  const wanted = wantedSecrets(assignment);
  const references = wanted.flatMap(({ reference }) => (reference instanceof AppError ? [] : [reference]));
  const answers = await askForSecrets(references, assignment, deps, signal);
  if (signal.aborted) throw new AppError('aborted', 'context canceled');
  const all = wanted.map((each) => ({ ...each, found: find(each, answers, deps) }));
  const failed = all.flatMap(({ found }) => ('failure' in found ? [found] : []));
  if (failed[0] !== undefined) {
    throw new AppError(failed[0].error.kind, joinFailures(failed.map(({ failure }) => failure)));
  }
  const logins = await fetchRegistryLogins(assignment, deps, signal);
  return new TaskSecrets({
    environment: valuesOf(all, 'environment'),
    logOptions: valuesOf(all, 'logOptions'),
    registryAuth: new Map([
      ...logins,
      ...all.flatMap(({ container, found }) => ('auth' in found ? [[container, found.auth] as const] : [])),
    ]),
  });
}

function valuesOf(
  all: readonly (WantedSecret & { readonly found: Found })[],
  place: WantedSecret['place'],
): Map<string, Values> {
  const values = new Map<string, Values>();
  for (const { container, name, found } of all.filter((each) => each.place === place)) {
    if (!('text' in found)) continue;
    const known = Object.entries(values.get(container) ?? {});
    values.set(container, Object.fromEntries([...known, [name, found.text]]));
  }
  return values;
}

function find({ place, reference }: WantedSecret, answers: Answers, { access }: SecretsDeps): Found {
  if (reference instanceof AppError) {
    const use = place === 'registryAuth' ? 'registry' : 'secret';
    return { failure: { use, text: reference.message }, error: reference };
  }
  const use = useOf(place, reference);
  const answer = answers.get(questionKey(reference));
  if (answer === undefined) throw new AppError('internal', `a secret was not asked for: ${use}`);
  const failed = (error: AppError, text: string): Found => ({ failure: { use, text }, error });
  const { attempts } = answer;
  if ('error' in answer) {
    const { error } = answer;
    const url = serviceUrl(access, { hostPrefix: reference.service, region: reference.region });
    return { failure: callFailure(use, reference, { url, attempts, error }), error };
  }
  if ('invalid' in answer.value) {
    const text = invalidParametersText(answer.value.invalid, attempts);
    return failed(new AppError('not-found', text), text);
  }
  try {
    const { text } = answer.value;
    return use === 'registry' ? { auth: registryAuthOf(text) } : { text: secretText(reference, text) };
  } catch (thrown) {
    const error = toAppError(thrown);
    return failed(error, valueText(error, attempts));
  }
}

function useOf(place: WantedSecret['place'], reference: SecretReference): SecretUse {
  if (place === 'registryAuth') return 'registry';
  return reference.service === 'ssm' ? 'parameters' : 'secret';
}

function callFailure(use: SecretUse, reference: SecretReference, call: FailedSecretCall): SecretFailure {
  if (reference.service === 'ssm') return parametersCallFailure(call);
  if (use === 'registry') return registryCallFailure(reference.secretId, call);
  return secretCallFailure(reference.secretId, call);
}
