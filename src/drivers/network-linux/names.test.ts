import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { Names, eniInterface, macFor } from './names.ts';

const LONGEST_INTERFACE_NAME = 15;
const TASK = 'f4760e31f973535a9330ee2898821ff2';
const VPC = 'vpc-0123456789abcdef0';

describe('names on the machine', () => {
  it('fit into an interface name', () => {
    assert.ok(new Names('/var/lib/neargate').uplink(VPC).length <= LONGEST_INTERFACE_NAME);
    assert.ok(eniInterface(TASK).length <= LONGEST_INTERFACE_NAME);
  });

  it('lead back to the id, and only for the instance that made them', () => {
    const [ours, others] = [new Names('/one'), new Names('/two')];
    assert.equal(ours.taskIdOf(ours.taskNamespace(TASK)), TASK);
    assert.equal(ours.vpcIdOf(ours.vpcNamespace(VPC)), VPC);
    assert.equal(others.taskIdOf(ours.taskNamespace(TASK)), undefined);
    assert.equal(others.vpcIdOf(ours.vpcNamespace(VPC)), undefined);
    assert.equal(ours.vpcIdOf(ours.taskNamespace(TASK)), undefined);
    assert.notEqual(ours.uplink(VPC), others.uplink(VPC));
    assert.equal(ours.taskIdOf('cni-1234'), undefined);
  });

  it('are refused for ids that could lead elsewhere', () => {
    const names = new Names('/one');
    for (const id of ['', '..', '../x', 'a b', 'x/y']) {
      assert.throws(
        () => names.taskNamespace(id),
        (error) => hasKind(error, 'invalid'),
      );
      assert.throws(
        () => names.vpcNamespace(id),
        (error) => hasKind(error, 'invalid'),
      );
    }
  });

  it('give local, unicast MAC addresses', () => {
    assert.match(macFor('uplink'), /^02(:[0-9a-f]{2}){5}$/);
    assert.equal(macFor('uplink'), macFor('uplink'));
  });
});
