/** What a machine saw of a task's containers, and what that says of their dependencies. */
import type { ContainerDefinition } from '../../../src/domain/ecs/task-definition.ts';

export type Definition = ContainerDefinition & { readonly name: string };

export interface Act {
  readonly verb: string;
  readonly name: string;
  readonly value: string;
  /** When it was done; absent where time is not the test's own. */
  readonly at?: number | undefined;
}

/** Whether a condition on a container holds after these acts. */
export function wasMet(name: string, condition: string, acts: readonly Act[]): boolean {
  const saw = (verb: string, value?: string): boolean =>
    acts.some((act) => act.verb === verb && act.name === name && (value ?? act.value) === act.value);
  switch (condition) {
    case 'CREATE':
      return saw('create');
    case 'START':
      return saw('start');
    case 'COMPLETE':
      return saw('exit');
    case 'SUCCESS':
      return saw('exit', '0');
    default:
      return saw('check', '0');
  }
}
