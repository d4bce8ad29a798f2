/** The life of tasks' interfaces as records: from placement to the end of the task, whatever happens in between. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ControlScene } from '../../../test/support/control/control-scene.ts';
import type { ScriptedAgent } from '../../../test/support/control/scripted-agent.ts';
import { aTask, SCOPE, VPC } from '../../../test/support/control/task-records.ts';
import type { TaskRecord } from '../../domain/ecs/records.ts';
import type { NetworkConfiguration } from '../../domain/ecs/task-definition.ts';
import { keys } from '../../domain/keys.ts';
import { isTaskKey } from './task-key.ts';

const SUBNETS = VPC.subnets.map(({ subnetId }) => subnetId);
const [FIRST = ''] = SUBNETS;
const IN_SUBNET = 11;
const RUNS = 20;
const LARGE = { cpuUnits: 65_536, memoryMiB: 131_072 };

/** Three subnets of eleven addresses each, fifteen public ones less two, two machines. */
async function openScene(): Promise<{ scene: ControlScene; agents: readonly ScriptedAgent[] }> {
  const scene = await ControlScene.open();
  for (const subnet of await scene.all('subnet')) {
    const cidr = subnet.cidr.replace(/\/\d+$/, '/28');
    await scene.putEc2('subnet', subnet.subnetId, { ...subnet, cidr });
  }
  await scene.startControl();
  const agents = ['m1', 'm2'].map((machineId) => scene.connect({ machineId, ...LARGE }));
  return { scene, agents };
}

/** An address that an endpoint or a NAT gateway has. */
interface AddressClaim {
  readonly subnetId: string;
  readonly address: string;
}

/** What is claimed and recorded is what tasks that have not ended have, and endpoints; all as of one moment. */
async function checkRecords(scene: ControlScene, claims: readonly AddressClaim[]): Promise<void> {
  const { store } = scene;
  const [resources, publicClaims, assignments] = await Promise.all([
    store.range({ prefix: keys.resources() }),
    store.range({ prefix: keys.publicAddresses() }),
    store.range({ prefix: keys.assignments() }),
  ]);
  const tasks = resources
    .filter(({ key }) => isTaskKey(key))
    .map(({ value }) => value as never as TaskRecord);
  const placed = tasks.filter(
    ({ machineId, lastStatus }) => machineId !== undefined && lastStatus !== 'STOPPED',
  );
  const under = (prefix: string) =>
    resources.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key.slice(prefix.length));
  const same = (found: readonly string[], expected: readonly string[], what: string) =>
    assert.deepEqual([...found].sort(), [...expected].sort(), what);
  same(
    under(keys.ec2All(SCOPE, 'eni')),
    placed.map(({ eni }) => eni?.eniId ?? ''),
    'interfaces',
  );
  for (const subnetId of SUBNETS) {
    const inSubnet = placed.filter(({ eni }) => eni?.subnetId === subnetId);
    const addresses = [
      ...inSubnet.map(({ eni }) => eni?.privateIpv4Address ?? ''),
      ...claims.filter((claim) => claim.subnetId === subnetId).map(({ address }) => address),
    ];
    assert.equal(new Set(addresses).size, addresses.length, 'an address is given twice');
    same(under(keys.addresses(SCOPE, subnetId)), addresses, `addresses in ${subnetId}`);
  }
  const withPublic = placed.filter(
    ({ networkConfiguration: { assignPublicIp } }) => assignPublicIp === 'ENABLED',
  );
  assert.equal(publicClaims.length, withPublic.length, 'public addresses');
  same(
    assignments.map(({ key }) => key),
    placed.map(({ machineId = '', taskId }) => keys.assigned(machineId, taskId)),
    'assignments',
  );
}

/** What happens to a scene, one of these after the other. */
const ACTS = fc.array(
  fc.oneof(
    fc.record({
      act: fc.constant('run' as const),
      count: fc.integer({ min: 1, max: 6 }),
      isPublic: fc.boolean(),
      subnets: fc.subarray(SUBNETS, { minLength: 1 }),
    }),
    fc.record({ act: fc.constant('claim' as const), subnetId: fc.constantFrom(...SUBNETS) }),
    fc.record({ act: fc.constant('give-up' as const) }),
    fc.record({ act: fc.constantFrom('stop' as const, 'end' as const, 'report' as const), nth: fc.nat(40) }),
    fc.record({ act: fc.constantFrom('kill' as const, 'cut' as const, 'breathe' as const) }),
  ),
  { minLength: 5, maxLength: 40 },
);

class Play {
  readonly taskIds: string[] = [];
  readonly claims: AddressClaim[] = [];
  readonly #scene: ControlScene;
  readonly #agents: readonly ScriptedAgent[];

  constructor(scene: ControlScene, agents: readonly ScriptedAgent[]) {
    this.#scene = scene;
    this.#agents = agents;
  }

  async act(step: (typeof ACTS extends fc.Arbitrary<infer T> ? T : never)[number]): Promise<void> {
    switch (step.act) {
      case 'run':
        return this.run(step.count, step.subnets, step.isPublic);
      case 'stop':
        return this.#ofTask(step.nth, (taskId) => this.#scene.stop(taskId));
      case 'end':
        return this.#ofAgents(step.nth, (agent, taskId) => agent.reportEnd(taskId));
      case 'report':
        return this.#ofAgents(step.nth, (agent, taskId) => agent.report(taskId));
      case 'claim':
        return this.#claim(step.subnetId);
      case 'give-up':
        return this.giveUpOne();
      case 'kill':
        this.#scene.killControl();
        return this.#scene.startControl();
      case 'cut':
        return this.#scene.link.cut();
      case 'breathe':
        for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async run(count: number, subnets: readonly string[], isPublic = false): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => `t${this.taskIds.length + index}`);
    this.taskIds.push(...ids);
    const networkConfiguration: NetworkConfiguration = {
      ...{ subnets: [...subnets], securityGroups: [] },
      assignPublicIp: isPublic ? 'ENABLED' : 'DISABLED',
    };
    await this.#scene.put(...ids.map((taskId) => aTask(taskId, { networkConfiguration })));
  }

  /** As EC2 does it for an interface of its own: the first free one, unless a task gets it just now. */
  async #claim(subnetId: string): Promise<void> {
    const taken = await this.#scene.claimed(subnetId);
    const network = VPC.subnets.find((subnet) => subnet.subnetId === subnetId)?.cidr.replace(/\.0\/\d+$/, '');
    const all = Array.from({ length: IN_SUBNET }, (_, index) => `${network}.${4 + index}`);
    const address = all.find((one) => !taken.includes(one));
    if (address === undefined) return;
    const key = keys.address(SCOPE, subnetId, address);
    const { ok } = await this.#scene.store.transact(
      [{ key, revision: 0 }],
      [{ put: key, value: { eniId: 'eni-of-endpoint' } }],
    );
    if (ok) this.claims.push({ subnetId, address });
  }

  async giveUpOne(): Promise<void> {
    const claim = this.claims.shift();
    if (claim === undefined) return;
    await this.#scene.store.transact([], [{ delete: keys.address(SCOPE, claim.subnetId, claim.address) }]);
  }

  async endAll(): Promise<void> {
    while (this.claims.length > 0) await this.giveUpOne();
    for (const agent of this.#agents) agent.obeys = true;
    for (const taskId of this.taskIds) await this.#scene.stop(taskId);
    // Those that were told to stop earlier are told again on the next connect.
    this.#scene.link.cut();
    await Promise.all(this.taskIds.map((taskId) => this.#scene.ended(taskId)));
  }

  async #ofTask(nth: number, action: (taskId: string) => Promise<void>): Promise<void> {
    const taskId = this.taskIds[nth % Math.max(this.taskIds.length, 1)];
    if (taskId !== undefined) await action(taskId);
  }

  #ofAgents(nth: number, action: (agent: ScriptedAgent, taskId: string) => void): Promise<void> {
    return this.#ofTask(nth, async (taskId) => {
      for (const agent of this.#agents) if (agent.desired.has(taskId)) action(agent, taskId);
    });
  }
}

describe("a task's interface", () => {
  it('is on record from placement to the end, and no address is lost or given twice', async () => {
    await fc.assert(
      fc.asyncProperty(ACTS, async (steps) => {
        const { scene, agents } = await openScene();
        try {
          const play = new Play(scene, agents);
          for (const step of steps) {
            await play.act(step);
            await checkRecords(scene, play.claims);
          }
          await play.endAll();
          await checkRecords(scene, []);
          assert.deepEqual(await scene.all('eni'), []);
          // All that the subnet has can be had again.
          await play.run(IN_SUBNET, [FIRST]);
          const again = play.taskIds.slice(-IN_SUBNET);
          const isDecided = ({ eni, lastStatus }: TaskRecord) =>
            eni !== undefined || lastStatus === 'STOPPED';
          for (const { stoppedReason } of await Promise.all(
            again.map((id) => scene.recordWhere(id, isDecided)),
          )) {
            assert.equal(stoppedReason, undefined);
          }
        } finally {
          await scene.close();
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is on record through a restart of the control plane, until the task has ended', async () => {
    const { scene, agents } = await openScene();
    try {
      await scene.put(aTask('t1'));
      const { eni } = await scene.recordWhere('t1', (task) => task.eni !== undefined);
      scene.killControl();
      await scene.startControl();
      const agent = agents.find(({ desired }) => desired.has('t1')) ?? agents[0];
      assert.ok(agent);
      await agent.until(() => agent.desired.has('t1'));
      for (const status of ['RUNNING', 'DEPROVISIONING'] as const) {
        agent.report('t1', { status });
        await scene.recordWhere('t1', ({ lastStatus }) => lastStatus === status);
        assert.deepEqual(
          (await scene.all('eni')).map(({ eniId }) => eniId),
          [eni?.eniId],
        );
      }
      agent.reportEnd('t1');
      assert.equal((await scene.ended('t1')).eni?.attachmentStatus, 'DELETED');
      assert.deepEqual(await scene.all('eni'), []);
      assert.deepEqual(await scene.claimed(FIRST), []);
    } finally {
      await scene.close();
    }
  });
});
