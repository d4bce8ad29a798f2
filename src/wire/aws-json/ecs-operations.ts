/** Schemas of the operations of ECS that an agent asks for its tasks. */
export {
  GetTaskProtection$,
  type GetTaskProtectionResponse,
  ListTagsForResource$,
  type ListTagsForResourceResponse,
  UpdateTaskProtection$,
} from '@aws-sdk/client-ecs';
