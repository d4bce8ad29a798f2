/** The operations of services that speak a query protocol, by the version and the action that a request names. */
import type { BoundOperation } from '../protocol.ts';
import type { OperationDefinition } from '../service.ts';

interface QueryService {
  readonly version: string;
  readonly operations: readonly OperationDefinition[];
}

export class OperationTable<S extends QueryService> {
  readonly #byAction = new Map<string, BoundOperation>();
  readonly #versions: ReadonlySet<string>;

  /** Throws when two operations have one name. */
  constructor(services: readonly S[], bind: (service: S, definition: OperationDefinition) => BoundOperation) {
    this.#versions = new Set(services.map(({ version }) => version));
    for (const service of services) {
      for (const definition of service.operations) {
        const action = `${service.version} ${definition.name}`;
        if (this.#byAction.has(action)) throw new Error(`${action} is defined twice`);
        this.#byAction.set(action, bind(service, definition));
      }
    }
  }

  hasVersion(version: string): boolean {
    return this.#versions.has(version);
  }

  find(version: string, action: string): BoundOperation | undefined {
    return this.#byAction.get(`${version} ${action}`);
  }
}
