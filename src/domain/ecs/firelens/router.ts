/**
 * FireLens: one container of a task, the router, takes the output of those whose log driver is awsfirelens. What follows
 * from that for the task's containers: who they are, what they are told, who starts first, how their output is tagged.
 * The router's configuration is in router-config.ts.
 */
import { AppError } from '../../errors.ts';
import type { AssignedContainer } from '../../task/assignment.ts';

export type RouterType = 'fluentbit' | 'fluentd';

export interface FirelensRouter {
  /** The container's name. */
  readonly container: string;
  readonly type: RouterType;
  readonly options: Readonly<Record<string, string>>;
  /** MiB that the container asked for: `memoryReservation`, else `memory`. */
  readonly memoryMiB?: number;
}

/** A container's output goes to the router by this socket, which the router makes. */
export const FIRELENS_SOCKET = '/var/run/fluent.sock';
/** The directory in the router that is shared with whoever writes to the socket. */
export const FIRELENS_SOCKET_DIRECTORY = '/var/run';
/** Where the router also listens for what containers send by themselves. */
export const FIRELENS_HOST = '127.0.0.1';
export const FIRELENS_PORT = 24_224;

const DRIVER = 'awsfirelens';
const BUFFER_LIMIT = 'log-driver-buffer-limit';

/** The task's router; undefined when it has none. Throws `invalid` for a type that is none. */
export function findFirelensRouter(containers: readonly AssignedContainer[]): FirelensRouter | undefined {
  const definition = containers.find(
    (container) => container.definition.firelensConfiguration !== undefined,
  )?.definition;
  if (definition?.firelensConfiguration === undefined) return undefined;
  const { type, options = {} } = definition.firelensConfiguration;
  if (type !== 'fluentbit' && type !== 'fluentd') {
    throw new AppError('invalid', `unsupported firelens config type ${type}`);
  }
  const memoryMiB = definition.memoryReservation ?? definition.memory;
  return { container: definition.name, type, options, ...(memoryMiB !== undefined && { memoryMiB }) };
}

/** The containers whose output goes to the router, with their places in the task. */
export function firelensUsers(
  containers: readonly AssignedContainer[],
): { readonly container: AssignedContainer; readonly index: number }[] {
  return containers
    .map((container, index) => ({ container, index }))
    .filter(({ container }) => container.definition.logConfiguration?.logDriver === DRIVER);
}

/** What each record of a container's output is tagged with. */
export function firelensTag(container: string, taskId: string): string {
  return `${container}-firelens-${taskId}`;
}

/** How many records may wait for the router before new ones are dropped; undefined: as many as the client likes. */
export function firelensBufferLimit(container: AssignedContainer): number | undefined {
  const text = container.definition.logConfiguration?.options?.[BUFFER_LIMIT];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new AppError('invalid', `invalid value ${text} is specified for option ${BUFFER_LIMIT}`);
}

/** The options of a container's log driver that are for the router. */
export function routedOptions({ definition }: AssignedContainer): [string, string][] {
  const options = definition.logConfiguration?.options ?? {};
  return Object.entries(options).filter(([name]) => name !== BUFFER_LIMIT);
}

/** A secret option of some container's log driver: the router's configuration names a variable in its place. */
export interface SecretVariable {
  readonly container: string;
  readonly option: string;
  /** Of the router's environment. */
  readonly variable: string;
}

/** In the order of the containers. Names end in the container's place, so that two containers never share one. */
export function firelensSecretVariables(containers: readonly AssignedContainer[]): SecretVariable[] {
  return firelensUsers(containers).flatMap(({ container, index }) =>
    (container.definition.logConfiguration?.secretOptions ?? []).map(({ name = '' }) => ({
      container: container.definition.name,
      option: name,
      variable: `${name}_${index}`,
    })),
  );
}

/**
 * The variables that FireLens sets in a container, over its own. `secretOption` gives the values of secret options; it
 * is asked for the router only.
 */
export function firelensEnvironment(
  containers: readonly AssignedContainer[],
  name: string,
  secretOption: (container: string, option: string) => string | undefined,
): Record<string, string> {
  const router = findFirelensRouter(containers);
  if (router === undefined) return {};
  const isUser = firelensUsers(containers).some(({ container }) => container.definition.name === name);
  const user = isUser ? { FLUENT_HOST: FIRELENS_HOST, FLUENT_PORT: String(FIRELENS_PORT) } : {};
  if (name !== router.container) return user;
  const secrets = firelensSecretVariables(containers).flatMap(({ container, option, variable }) => {
    const value = secretOption(container, option);
    return value === undefined ? [] : [[variable, value] as const];
  });
  // As root fluentd may make the socket where its image has another user.
  const own = router.type === 'fluentd' ? { FLUENT_UID: '0' } : {};
  return { ...user, ...own, ...Object.fromEntries(secrets) };
}
