import { ENVIRONMENT_REFUSALS } from '../../../test/support/ecs/refusals/environment.ts';
import { refusesDefinitions } from '../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('environment', ENVIRONMENT_REFUSALS);
