import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NETWORK_MODE_REFUSALS } from '../../../../test/support/ecs/refusals/ports.ts';
import { refusesDefinitions } from '../../../../test/support/ecs/refusals/refuses-definitions.ts';
import { withContainer } from '../../../../test/support/ecs/refusals/refusal.ts';
import { isApiError } from '../../errors.ts';
import { prepareDefinition } from './prepare-definition.ts';

refusesDefinitions('network modes', NETWORK_MODE_REFUSALS);

describe('registration: the network files of a task', () => {
  it('take no lines from a definition', () => {
    const line = 'a\n169.254.170.2 b';
    for (const container of [
      { hostname: line },
      { extraHosts: [{ hostname: line, ipAddress: '192.0.2.1' }] },
      { extraHosts: [{ hostname: 'a', ipAddress: `192.0.2.1 ${line}` }] },
      { dnsServers: [`192.0.2.1\noptions ${line}`] },
      { dnsSearchDomains: [line] },
    ]) {
      assert.throws(
        () => prepareDefinition(withContainer(container), '000000000000'),
        (error) => isApiError(error, 'ClientException'),
        JSON.stringify(container),
      );
    }
  });
});
