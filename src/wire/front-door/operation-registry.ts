/** Finds the operation that an X-Amz-Target names, with its codec and the exceptions of its service. */
import { type OperationCodec, SchemaCodecs } from '../aws-json/operation-codec.ts';
import { ExceptionTable } from '../aws-json/exceptions.ts';
import type { OperationDefinition, ServiceDefinition } from '../service.ts';

export interface RegisteredOperation {
  readonly service: ServiceDefinition;
  readonly definition: OperationDefinition;
  readonly codec: OperationCodec;
  readonly exceptions: ExceptionTable;
  readonly contentType: string;
}

export class OperationRegistry {
  readonly #byTarget = new Map<string, RegisteredOperation>();

  constructor(services: readonly ServiceDefinition[]) {
    const codecs = new SchemaCodecs();
    const exceptions = new Map<string, ExceptionTable>();
    for (const service of services) {
      for (const definition of service.operations) {
        const target = `${service.targetPrefix}.${definition.name}`;
        if (this.#byTarget.has(target)) throw new Error(`${target} is defined twice`);
        const namespace = definition.schema[1];
        const table = exceptions.get(namespace) ?? new ExceptionTable(namespace, codecs);
        exceptions.set(namespace, table);
        this.#byTarget.set(target, {
          service,
          definition,
          codec: codecs.operation(definition.schema),
          exceptions: table,
          contentType: `application/x-amz-json-${service.jsonVersion}`,
        });
      }
    }
  }

  find(target: string): RegisteredOperation | undefined {
    return this.#byTarget.get(target);
  }
}
