/** The settings of a cluster: Container Insights, and nothing else so far. */
import type { ClusterSetting } from '@aws-sdk/client-ecs';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import { CONTAINER_INSIGHTS } from '../../../domain/insights/insights-level.ts';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';

const CODE = 'InvalidParameterException';

/** The settings that a request gives, checked. Throws InvalidParameterException. */
export function checkClusterSettings(
  settings: readonly ClusterSetting[] | undefined,
): ClusterRecord['settings'] {
  return (settings ?? []).map(({ name, value }, index) => {
    const path = `settings.${index + 1}.member`;
    checkEnum(CODE, `${path}.name`, name ?? '', [CONTAINER_INSIGHTS]);
    checkEnum(CODE, `${path}.value`, value ?? '', ['enabled', 'disabled', 'enhanced']);
    return { name: name ?? '', value: value ?? '' };
  });
}
