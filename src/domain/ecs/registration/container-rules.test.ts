import { CONTAINER_REFUSALS } from '../../../../test/support/ecs/refusals/containers.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('containers', CONTAINER_REFUSALS);
