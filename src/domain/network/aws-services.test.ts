import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AWS_SERVICES, serviceAddress, serviceOfName } from './aws-services.ts';

describe('The names of AWS services', () => {
  it('lead to their service, in their region only', () => {
    const service = (host: string) => serviceOfName(host, 'eu-west-1', 'amazonaws.com')?.service;
    assert.equal(service('logs.eu-west-1.amazonaws.com'), 'logs');
    assert.equal(service('API.ECR.eu-west-1.amazonaws.com.'), 'ecr.api');
    assert.equal(service('000000000000.dkr.ecr.eu-west-1.amazonaws.com'), 'ecr.dkr');
    assert.equal(service('prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com'), 's3');
    assert.equal(service('a.b.s3.amazonaws.com'), 's3');
    assert.equal(service('dkr.ecr.eu-west-1.amazonaws.com'), undefined);
    assert.equal(service('.dkr.ecr.eu-west-1.amazonaws.com'), undefined);
    assert.equal(service('logs.us-east-1.amazonaws.com'), undefined);
    assert.equal(service('dynamodb.eu-west-1.amazonaws.com'), undefined);
    assert.equal(service('logs.eu-west-1.amazonaws.com.example.org'), undefined);
  });

  it('have an address each', () => {
    const addresses = AWS_SERVICES.map((service) => serviceAddress('198.18.0.0/24', service));
    assert.equal(new Set(addresses).size, AWS_SERVICES.length);
    assert.equal(addresses[0], '198.18.0.10');
  });
});
