import { RELATION_REFUSALS } from '../../../../test/support/ecs/refusals/relations.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';

refusesDefinitions('relations', RELATION_REFUSALS);
