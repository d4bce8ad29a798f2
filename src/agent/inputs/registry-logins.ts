/**
 * Logins to ECR's registries for the images of a task: one for each registry, by the way that the platform version takes
 * for it. Images with credentials of their own need none.
 */
import { registryOfImage } from '../../domain/ecr/names.ts';
import { AppError } from '../../domain/errors.ts';
import type { RegistryAuth } from '../../domain/ecs/secret-reference.ts';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import type { Scope } from '../../domain/arn.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import {
  GetAuthorizationToken$,
  type GetAuthorizationTokenResponse,
} from '../../wire/aws-json/task-operations.ts';
import { callService, openServiceClient, serviceUrl, servicesSuffix } from '../aws/service-client.ts';
import { roleCredentials, type SecretsDeps } from './secret-answers.ts';
import { ecrLoginFailureText } from './secret-failure.ts';

/** By container. Rejects as `fetchSecrets` does. */
export async function fetchRegistryLogins(
  assignment: TaskAssignment,
  deps: SecretsDeps,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RegistryAuth>> {
  const wanted = wantedLogins(assignment, servicesSuffix(deps.access));
  const registries = [...new Map(wanted.map(({ key, registry }) => [key, registry]))];
  const logins = new Map(
    await Promise.all(
      registries.map(
        async ([key, registry]) => [key, await logIn(registry, assignment, deps, signal)] as const,
      ),
    ),
  );
  return new Map(
    wanted.flatMap(({ container, key }) => {
      const login = logins.get(key);
      return login === undefined ? [] : [[container, login] as const];
    }),
  );
}

interface WantedLogin {
  readonly container: string;
  readonly registry: Scope;
  readonly key: string;
}

function wantedLogins({ containers }: TaskAssignment, suffix: string): WantedLogin[] {
  return containers.flatMap(({ definition: { name, image, repositoryCredentials } }) => {
    const registry = registryOfImage(image, suffix);
    if (registry === undefined || repositoryCredentials !== undefined) return [];
    return [{ container: name, registry, key: `${registry.account} ${registry.region}` }];
  });
}

async function logIn(
  { account, region }: Scope,
  { taskId, platformVersion: version }: TaskAssignment,
  deps: SecretsDeps,
  signal: AbortSignal,
): Promise<RegistryAuth> {
  const { access, calls, clock, network } = deps;
  const request = {
    hostPrefix: 'api.ecr',
    signingName: 'ecr',
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    region,
    credentials: () => roleCredentials(deps, taskId, signal),
    dialer: platformVersion(version).throughTaskInterface.registryLogin ? network.dialer(taskId) : undefined,
    timeoutMs: calls.timeoutMs,
  };
  const client = openServiceClient(access, request);
  try {
    const call = { operation: GetAuthorizationToken$, input: { registryIds: [account] } };
    const outcome = await callService<GetAuthorizationTokenResponse>(client, call, calls, clock, signal);
    if (signal.aborted) throw new AppError('aborted', 'context canceled');
    if ('value' in outcome) return authOf(outcome.value);
    const { error, attempts } = outcome;
    const text = ecrLoginFailureText({ url: serviceUrl(access, request), attempts, error });
    throw new AppError(error.kind, text);
  } finally {
    client.close();
  }
}

/** The token is `name:password` in base64. */
function authOf({ authorizationData = [] }: GetAuthorizationTokenResponse): RegistryAuth {
  const token = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString('utf8');
  const colon = token.indexOf(':');
  if (colon > 0) return { username: token.slice(0, colon), password: token.slice(colon + 1) };
  throw new AppError('internal', 'ECR gave no login');
}
