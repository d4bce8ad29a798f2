import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointName, privateServiceNames, zonalEndpointName } from './endpoint-names.ts';

describe('names of interface endpoints', () => {
  const place = { endpointId: 'vpce-1', service: 'ecr.api', region: 'eu-west-1', suffix: 'amazonaws.com' };

  it('are one for all, and one a zone', () => {
    assert.match(endpointName(place), /^vpce-1-[0-9a-f]{8}\.ecr\.api\.eu-west-1\.vpce\.amazonaws\.com$/);
    assert.equal(
      zonalEndpointName(place, 'eu-west-1b'),
      endpointName(place).replace('.ecr', '-eu-west-1b.ecr'),
    );
    assert.notEqual(endpointName(place), endpointName({ ...place, endpointId: 'vpce-2' }));
  });

  it('take over those of the service', () => {
    assert.deepEqual(privateServiceNames('ecr.api', 'eu-west-1', 'aws.test'), ['api.ecr.eu-west-1.aws.test']);
    assert.deepEqual(privateServiceNames('none', 'eu-west-1', 'aws.test'), []);
  });
});
