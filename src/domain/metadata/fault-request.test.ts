import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultRequest } from './fault-request.ts';
import type { FaultKind } from './network-faults.ts';

describe('a request to inject a fault', () => {
  it('is read in any spelling of capitals, with networks for addresses', () => {
    const hole =
      '{"port":80,"Protocol":"tcp","trafficType":"egress","SourcesToFilter":["10.0.0.9","10.1.2.3/8","2001:db8::1"],"More":1}';
    assert.deepEqual(faultRequest('network-blackhole-port', hole), {
      ...{ kind: 'network-blackhole-port', port: 80, protocol: 'tcp', trafficType: 'egress' },
      except: ['10.0.0.9/32', '10.0.0.0/8'],
    });
    const late =
      '{"DelayMilliseconds":0,"JitterMilliseconds":5,"Sources":["0.0.0.0/0"],"SourcesToFilter":null}';
    assert.deepEqual(faultRequest('network-latency', late), {
      ...{ kind: 'network-latency', delayMs: 0, jitterMs: 5 },
      ...{ destinations: ['0.0.0.0/0'], except: [], flowsPercent: 100 },
    });
    assert.deepEqual(
      faultRequest('network-packet-loss', '{"LossPercent":7,"Sources":["10.0.0.1"],"FlowsPercent":25}'),
      {
        ...{ kind: 'network-packet-loss', lossPercent: 7 },
        ...{ destinations: ['10.0.0.1/32'], except: [], flowsPercent: 25 },
      },
    );
  });

  const hole = (changes: object): string =>
    JSON.stringify({ Port: 80, Protocol: 'tcp', TrafficType: 'egress', ...changes });
  const loss = (changes: object): string =>
    JSON.stringify({ LossPercent: 5, Sources: ['10.0.0.1'], ...changes });
  const into = (kind: string, place: string, type: string): string =>
    `json: cannot unmarshal ${kind} into Go struct field ${place} of type ${type}`;
  const CASES: readonly [FaultKind, string, string][] = [
    ['network-blackhole-port', ' ', 'required request body is missing'],
    ['network-blackhole-port', 'x', "invalid character 'x' looking for beginning of value"],
    ['network-blackhole-port', '{"Port":80', 'unexpected EOF'],
    [
      'network-blackhole-port',
      '[]',
      'json: cannot unmarshal array into Go value of type types.NetworkBlackholePortRequest',
    ],
    ['network-blackhole-port', '{}', 'required parameter Port is missing'],
    ['network-blackhole-port', hole({ Protocol: '' }), 'required parameter Protocol is missing'],
    ['network-blackhole-port', hole({ TrafficType: null }), 'required parameter TrafficType is missing'],
    ['network-blackhole-port', hole({ Protocol: 'icmp' }), 'invalid value icmp for parameter Protocol'],
    ['network-blackhole-port', hole({ TrafficType: 'both' }), 'invalid value both for parameter TrafficType'],
    [
      'network-blackhole-port',
      hole({ Port: 70_000 }),
      into('number 70000', 'NetworkBlackholePortRequest.Port', 'uint16'),
    ],
    [
      'network-blackhole-port',
      hole({ Port: '80' }),
      into('string', 'NetworkBlackholePortRequest.Port', 'uint16'),
    ],
    [
      'network-blackhole-port',
      hole({ SourcesToFilter: 'x' }),
      into('string', 'NetworkBlackholePortRequest.SourcesToFilter', '[]*string'),
    ],
    [
      'network-blackhole-port',
      hole({ SourcesToFilter: ['10.0.0.0/33; drop'] }),
      'invalid value 10.0.0.0/33; drop for parameter SourcesToFilter',
    ],
    ['network-latency', '{"DelayMilliseconds":1}', 'required parameter JitterMilliseconds is missing'],
    [
      'network-latency',
      '{"DelayMilliseconds":0,"JitterMilliseconds":0}',
      'required either DelayMilliseconds or JitterMilliseconds to be non-zero',
    ],
    ['network-packet-loss', loss({ LossPercent: 0 }), 'invalid value 0 for parameter LossPercent'],
    ['network-packet-loss', loss({ LossPercent: 101 }), 'invalid value 101 for parameter LossPercent'],
    ['network-packet-loss', loss({ Sources: [] }), 'required parameter Sources is missing'],
    [
      'network-packet-loss',
      loss({ Sources: ['everybody'] }),
      'invalid value everybody for parameter Sources',
    ],
    ['network-packet-loss', loss({ FlowsPercent: 0 }), 'invalid value 0 for parameter flowsPercent'],
    [
      'network-packet-loss',
      loss({ Sources: [5] }),
      into('number', 'NetworkPacketLossRequest.Sources', 'string'),
    ],
  ];
  for (const [kind, body, error] of CASES) {
    it(`of ${kind} is refused: ${error}`, () => {
      assert.deepEqual(faultRequest(kind, body), { error });
    });
  }
});
