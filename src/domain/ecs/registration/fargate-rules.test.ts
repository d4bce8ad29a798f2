import { FARGATE_REFUSALS, SIZE_REFUSALS } from '../../../../test/support/ecs/refusals/fargate.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('sizes', SIZE_REFUSALS);
refusesDefinitions('Fargate', FARGATE_REFUSALS);
