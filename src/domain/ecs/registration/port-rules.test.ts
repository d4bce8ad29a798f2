import { PORT_REFUSALS } from '../../../../test/support/ecs/refusals/ports.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('ports', PORT_REFUSALS);
