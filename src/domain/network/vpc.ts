/** A VPC as a machine needs to know it. */
export interface VpcSpec {
  readonly vpcId: string;
  /** E.g. `172.31.0.0/16`. */
  readonly cidr: string;
  /** True for the one VPC whose private addresses the host itself can reach. */
  readonly routedFromHost: boolean;
}

export interface SubnetSpec {
  readonly subnetId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
}
