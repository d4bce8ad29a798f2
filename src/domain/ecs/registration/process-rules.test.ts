import { PROCESS_REFUSALS } from '../../../../test/support/ecs/refusals/processes.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('processes', PROCESS_REFUSALS);
