import { VOLUME_REFUSALS } from '../../../../test/support/ecs/refusals/volumes.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('volumes', VOLUME_REFUSALS);
