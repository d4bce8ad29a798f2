/**
 * Tables of what registration and RunTask refuse: what is asked, and the answer. Tests run them row by row, and
 * docs/task-definition-parameters.md shows them, each with the parameter that it is about.
 */
import type { RegisterTaskDefinitionRequest, RunTaskRequest } from '@aws-sdk/client-ecs';
import type { ContainerDefinition, TaskDefinitionInput } from '../../../../src/domain/ecs/task-definition.ts';

/** Whose words the answer has: AWS's, as answers of it show; ours, where none is on record. */
export type Words = 'AWS' | 'ours';

export interface Refusal {
  /** The member of the request to blame, e.g. `containerDefinitions[].image`. */
  readonly parameter: string;
  /** Completes "refuses …". */
  readonly name: string;
  readonly message: string;
  readonly words: Words;
}

export interface DefinitionRefusal extends Refusal {
  readonly input: TaskDefinitionInput;
}

export interface RunTaskRefusal extends Refusal {
  readonly code: string;
  readonly request: Partial<RunTaskRequest>;
  /** Changes of the definition that is run. */
  readonly definition?: Partial<RegisterTaskDefinitionRequest>;
}

type DefinitionRow = (
  parameter: string,
  name: string,
  input: TaskDefinitionInput,
  message: string,
) => DefinitionRefusal;

/** A row with an answer that AWS gives. */
export const aws: DefinitionRow = (parameter, name, input, message) => {
  return { parameter, name, input, message, words: 'AWS' };
};

/** A row with an answer that is put in our words. */
export const ours: DefinitionRow = (parameter, name, input, message) => {
  return { parameter, name, input, message, words: 'ours' };
};

export const ROLE = 'arn:aws:iam::000000000000:role/execution';

/** A definition for Fargate with one container `app`, which is accepted. */
export function aFargateDefinition(over: Partial<TaskDefinitionInput> = {}): TaskDefinitionInput {
  return {
    family: 'web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: 'app' }],
    ...over,
  };
}

/** With these members of its container, too. */
export function withContainer(
  over: ContainerDefinition,
  more: Partial<TaskDefinitionInput> = {},
): TaskDefinitionInput {
  return aFargateDefinition({ containerDefinitions: [{ name: 'app', image: 'app', ...over }], ...more });
}

/** With a second container, `side`. */
export function withSecond(
  second: ContainerDefinition,
  first: ContainerDefinition = {},
): TaskDefinitionInput {
  return aFargateDefinition({
    containerDefinitions: [
      { name: 'app', image: 'app', ...first },
      { name: 'side', image: 'side', ...second },
    ],
  });
}

/** The answer to what breaks a rule for which none of AWS's is on record. */
export function constraint(path: string, value: string, rule: string): string {
  const shown = value === 'null' ? value : `'${value}'`;
  return `1 validation error detected: Value ${shown} at '${path}' failed to satisfy constraint: ${rule}`;
}

/** The answer to a value that is not one of several. */
export function notOneOf(path: string, value: string, ...allowed: readonly string[]): string {
  return constraint(path, value, `Member must satisfy enum value set: [${[...allowed].sort().join(', ')}]`);
}

/** Where the first container is in answers. */
export const FIRST = 'containerDefinitions.1.member';
