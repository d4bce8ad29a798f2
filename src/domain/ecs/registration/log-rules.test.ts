import { FIRELENS_REFUSALS, LOG_REFUSALS } from '../../../../test/support/ecs/refusals/logging.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('logs', LOG_REFUSALS);
refusesDefinitions('FireLens', FIRELENS_REFUSALS);
