/**
 * Flow logs of this machine's VPCs. Knows whose every address is; watches only the VPCs whose picture has flow logs,
 * from the moment that it has until it has none.
 */
import { taskDefinitionArn } from '../../domain/arn.ts';
import { type FlowInterface, FlowInterfaces } from '../../domain/network/flow-logs/flow-interface.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { TaskAssignment, TaskReport } from '../../domain/task/assignment.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { VpcFlows, type VpcFlowsDeps } from './vpc-flows.ts';

export class FlowLogs {
  readonly #deps: VpcFlowsDeps;
  readonly #faces = new Map<string, FlowInterfaces>();
  /** Of each VPC, those that came with its picture. */
  readonly #ofPicture = new Map<string, ReadonlySet<string>>();
  readonly #running = new Map<string, VpcFlows>();

  constructor(deps: VpcFlowsDeps) {
    this.#deps = deps;
  }

  /** The VPC is as the picture says, from now on. */
  async apply(picture: VpcPicture): Promise<void> {
    const { vpcId, flowLogs } = picture;
    this.#putPictured(picture);
    const running = this.#running.get(vpcId);
    if (flowLogs.length === 0) await this.#stop(vpcId);
    else if (running !== undefined) running.apply(picture);
    else this.#running.set(vpcId, new VpcFlows(picture, this.#facesOf(vpcId), this.#deps));
  }

  /** The VPC goes away. */
  async forget(vpcId: string): Promise<void> {
    await this.#stop(vpcId);
    this.#faces.delete(vpcId);
    this.#ofPicture.delete(vpcId);
  }

  /** Something of a task of this machine changed: it may have its interface, or have it no longer. */
  taskChanged(assignment: TaskAssignment, report: TaskReport): void {
    const { eni } = assignment;
    const faces = this.#facesOf(eni.vpc.vpcId);
    if (report.eniAttached) faces.put(taskInterface(assignment, report));
    if (report.eniDetached) faces.end(eni.eniId, this.#deps.clock.now());
    // Of interfaces that nobody watches nothing is to be told.
    if (!this.#running.has(eni.vpc.vpcId)) faces.forgetEnded(Number.POSITIVE_INFINITY);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map((each) => each.close()));
    this.#running.clear();
  }

  async #stop(vpcId: string): Promise<void> {
    const running = this.#running.get(vpcId);
    this.#running.delete(vpcId);
    await running?.end();
  }

  #facesOf(vpcId: string): FlowInterfaces {
    const known = this.#faces.get(vpcId) ?? new FlowInterfaces();
    this.#faces.set(vpcId, known);
    return known;
  }

  #putPictured(picture: VpcPicture): void {
    const faces = this.#facesOf(picture.vpcId);
    const now = this.#deps.clock.now();
    const pictured = picturedInterfaces(picture, now);
    for (const face of pictured) faces.put(face);
    const ids = new Set(pictured.map(({ eniId }) => eniId));
    for (const eniId of this.#ofPicture.get(picture.vpcId) ?? []) if (!ids.has(eniId)) faces.end(eniId, now);
    this.#ofPicture.set(picture.vpcId, ids);
  }
}

function taskInterface(assignment: TaskAssignment, report: TaskReport): FlowInterface {
  const { eni, taskId, taskArn, clusterArn, clusterName, availabilityZone } = assignment;
  const ran = report.containers.flatMap(({ runtimeId }) => (runtimeId === undefined ? [] : [runtimeId]));
  return {
    ...{ eniId: eni.eniId, subnetId: eni.subnetId, privateIpv4Address: eni.privateIpv4Address },
    availabilityZone,
    // Its own traffic begins before we are told that it is there.
    since: assignment.createdAt,
    task: {
      ...{ taskId, taskArn, clusterArn, clusterName },
      taskDefinitionArn: taskDefinitionArn(assignment, assignment.family, assignment.revision),
      containerIds: ran.slice(0, 2),
    },
  };
}

/** Interfaces of endpoints and gateways; those of tasks elsewhere are told of by the machines where they are. */
function picturedInterfaces({ interfaces, subnets }: VpcPicture, since: number): FlowInterface[] {
  const zones = new Map(subnets.map(({ subnetId, availabilityZone }) => [subnetId, availabilityZone]));
  return interfaces
    .filter(({ purpose }) => purpose !== 'task-elsewhere')
    .map(({ eniId, subnetId, privateIpv4Address, publicIpv4Address, purpose }) => ({
      ...{ eniId, subnetId, privateIpv4Address, since },
      availabilityZone: zones.get(subnetId) ?? '',
      ...(purpose === 'nat-gateway' &&
        publicIpv4Address !== undefined && { natIpv4Address: publicIpv4Address }),
    }));
}

type AppliedNetwork = Pick<TaskNetwork, 'applyVpc' | 'removeVpc' | 'listVpcs'>;

/** A network whose VPCs have flow logs as soon as their pictures are applied. */
export function withFlowLogs(network: AppliedNetwork, flowLogs: FlowLogs): AppliedNetwork {
  return {
    async applyVpc(picture) {
      await network.applyVpc(picture);
      await flowLogs.apply(picture);
    },
    async removeVpc(vpcId) {
      await network.removeVpc(vpcId);
      await flowLogs.forget(vpcId);
    },
    listVpcs: () => network.listVpcs(),
  };
}
