import { NETWORK_MODE_REFUSALS } from '../../../../test/support/ecs/refusals/ports.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('network modes', NETWORK_MODE_REFUSALS);
