/** The interfaces of a VPC whose traffic a machine sees, by address: whose a flow is may depend on when it began. */
export interface FlowInterface {
  readonly eniId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly privateIpv4Address: string;
  /** Of a NAT gateway: the address that others' traffic has beyond it. */
  readonly natIpv4Address?: string;
  /** Of a task. */
  readonly task?: FlowTask;
  /** Epoch milliseconds. */
  readonly since: number;
  /** When it ended. */
  readonly until?: number;
}

/** What records say of the task that an interface belongs to. */
export interface FlowTask {
  readonly taskId: string;
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly taskDefinitionArn: string;
  /** Of its first two containers, as far as they have run. */
  readonly containerIds: readonly string[];
}

interface Index {
  readonly addresses: ReadonlyMap<string, readonly FlowInterface[]>;
  readonly natAddresses: ReadonlyMap<string, readonly FlowInterface[]>;
}

export class FlowInterfaces {
  readonly #byId = new Map<string, FlowInterface>();
  /** Made when it is needed after a change. */
  #indexed: Index | undefined;

  /** Adds one, or says something new of it. */
  put(face: FlowInterface): void {
    const since = this.#byId.get(face.eniId)?.since ?? face.since;
    this.#set({ ...face, since });
  }

  /** It is gone; flows that began before are still its own until it is forgotten. */
  end(eniId: string, at: number): void {
    const face = this.#byId.get(eniId);
    if (face !== undefined && face.until === undefined) this.#set({ ...face, until: at });
  }

  /** Forgets those that ended before a moment. */
  forgetEnded(before: number): void {
    for (const { eniId, until } of this.#byId.values()) {
      if (until !== undefined && until < before) this.#byId.delete(eniId);
    }
    this.#indexed = undefined;
  }

  #set(face: FlowInterface): void {
    this.#byId.set(face.eniId, face);
    this.#indexed = undefined;
  }

  get(eniId: string): FlowInterface | undefined {
    return this.#byId.get(eniId);
  }

  all(): readonly FlowInterface[] {
    return [...this.#byId.values()];
  }

  /** Whose an address was at a moment: of several, the last one that had it by then; else the first that got it. */
  byAddress(address: string, at: number): FlowInterface | undefined {
    return holderAt(this.#index().addresses.get(address), at);
  }

  /** The NAT gateway's that has a public address. */
  byNatAddress(address: string, at: number): FlowInterface | undefined {
    return holderAt(this.#index().natAddresses.get(address), at);
  }

  #index(): Index {
    this.#indexed ??= indexOf(this.#byId.values());
    return this.#indexed;
  }
}

function indexOf(faces: Iterable<FlowInterface>): Index {
  const inOrder = [...faces].sort((one, other) => one.since - other.since);
  const addresses = new Map<string, FlowInterface[]>();
  const natAddresses = new Map<string, FlowInterface[]>();
  const add = (map: Map<string, FlowInterface[]>, address: string, face: FlowInterface): void => {
    map.set(address, [...(map.get(address) ?? []), face]);
  };
  for (const face of inOrder) {
    add(addresses, face.privateIpv4Address, face);
    if (face.natIpv4Address !== undefined) add(natAddresses, face.natIpv4Address, face);
  }
  return { addresses, natAddresses };
}

function holderAt(inOrder: readonly FlowInterface[] | undefined, at: number): FlowInterface | undefined {
  return inOrder?.findLast((face) => face.since <= at) ?? inOrder?.[0];
}
