/** A task definition as the API shows it. */
import type { TaskDefinition as TaskDefinitionView } from '@aws-sdk/client-ecs';
import type { TaskDefinition } from '../../../domain/ecs/task-definition.ts';

/** Records hold the API's own words, except for times and for enums, which were checked when they were given. */
export function definitionView(definition: TaskDefinition): TaskDefinitionView {
  const { registeredAt, deregisteredAt, deleteRequestedAt, ...rest } = definition;
  const view = { ...rest, registeredAt: new Date(registeredAt) } as TaskDefinitionView;
  if (deregisteredAt !== undefined) view.deregisteredAt = new Date(deregisteredAt);
  if (deleteRequestedAt !== undefined) view.deleteRequestedAt = new Date(deleteRequestedAt);
  return view;
}
