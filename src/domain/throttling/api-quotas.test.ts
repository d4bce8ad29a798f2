import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokensOf } from './api-quotas.ts';

describe('what requests take of quotas', () => {
  it('counts the tasks that RunTask launches besides the request', () => {
    assert.deepEqual(
      tokensOf('ecs', 'RunTask', { count: 7 }).map(({ rate, tokens }) => [rate.atOnce, rate.aSecond, tokens]),
      [
        [100, 40, 1],
        [100, 20, 7],
      ],
    );
    assert.equal(tokensOf('ecs', 'RunTask', {})[1]?.tokens, 1);
  });

  it('gives operations of one group one bucket, those of different groups different ones', () => {
    const bucket = (operation: string) => tokensOf('ecs', operation, {})[0]?.bucket;
    assert.equal(bucket('DescribeClusters'), bucket('ListClusters'));
    assert.notEqual(bucket('DescribeClusters'), bucket('CreateCluster'));
    assert.equal(bucket('StopTask'), bucket('RunTask'));
  });

  it('takes questions for all interfaces of EC2 from a smaller bucket', () => {
    const atOnce = (operation: string, input: object) => tokensOf('ec2', operation, input)[0]?.rate.atOnce;
    assert.equal(atOnce('DescribeNetworkInterfaces', {}), 50);
    assert.equal(atOnce('DescribeNetworkInterfaces', { Filters: [] }), 50);
    assert.equal(atOnce('DescribeNetworkInterfaces', { MaxResults: 5 }), 100);
    assert.equal(atOnce('DescribeNetworkInterfaces', { Filters: [{ Name: 'vpc-id', Values: ['v'] }] }), 100);
    assert.equal(atOnce('DescribeVpcs', {}), 100);
    assert.equal(atOnce('CreateVpc', {}), 50);
    assert.equal(atOnce('CreateVpcEndpoint', {}), 4);
  });

  it('limits nothing that AWS tells no quota of', () => {
    assert.deepEqual(tokensOf('iam', 'GetRole', {}), []);
    assert.deepEqual(tokensOf('logs', 'constructor', {}), []);
    assert.deepEqual(tokensOf('neargate', 'DescribePulls', {}), []);
  });
});
