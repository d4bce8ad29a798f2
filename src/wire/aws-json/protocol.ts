/** AWS JSON 1.0 and 1.1: X-Amz-Target names the operation, bodies are JSON. */
import { ApiError } from '../../domain/errors.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
import { type AwsJsonService, type OperationDefinition, permissionsOf } from '../service.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { headerOf } from '../sigv4/signature-claim.ts';
import { missingMembersError } from '../json/body.ts';
import { commonErrorEnvelope, ExceptionTable } from './exceptions.ts';
import { SchemaCodecs } from './operation-codec.ts';

const AWS_JSON = /^application\/x-amz-json-1\.[01](?:\s*;|\s*$)/i;

export class AwsJsonProtocol implements Protocol {
  readonly #codecs = new SchemaCodecs();
  readonly #exceptions = new Map<string, ExceptionTable>();
  readonly #byTarget = new Map<string, BoundOperation>();

  constructor(services: readonly AwsJsonService[]) {
    for (const service of services) {
      for (const definition of service.operations) {
        const target = `${service.targetPrefix}.${definition.name}`;
        if (this.#byTarget.has(target)) throw new Error(`${target} is defined twice`);
        this.#byTarget.set(target, this.#bind(service, definition));
      }
    }
  }

  speaks(request: WireRequest): boolean {
    return AWS_JSON.test(headerOf(request, 'content-type') ?? '');
  }

  operationOf(request: WireRequest): BoundOperation {
    const operation = this.#byTarget.get(headerOf(request, 'x-amz-target') ?? '');
    if (operation !== undefined) return operation;
    throw new ApiError(
      'UnknownOperationException',
      'The action or operation requested is not valid. Verify that the action is typed correctly.',
    );
  }

  envelope(error: ApiError): ErrorEnvelope {
    return commonErrorEnvelope(error.code, error.message);
  }

  #bind(service: AwsJsonService, definition: OperationDefinition): BoundOperation {
    const codec = this.#codecs.operation(definition.schema);
    const exceptions = this.#exceptionsOf(definition, service.jsonVersion);
    const contentType = `application/x-amz-json-${service.jsonVersion}`;
    return {
      service: service.name,
      permissions: permissionsOf(service),
      definition,
      contentType,
      successStatus: 200,
      ...(service.headers !== undefined && { headers: service.headers }),
      // Asked for when something failed: finding out reads the schemas of all exceptions.
      get serverFault() {
        return new ApiError(exceptions.serverFaultCode, 'Service Unavailable. Please try again later.');
      },
      decodeInput({ body }) {
        const parts = definition.setAside?.(body);
        const { input, missing } = codec.decodeInput(parts?.rest ?? body);
        if (missing.length > 0) throw missingMembersError(exceptions.badInputCode, missing);
        return parts === undefined ? input : { ...input, ...parts.members };
      },
      encodeOutput: (output) => codec.encodeOutput(output),
      envelope: (error) => ({ ...exceptions.envelope(error), contentType }),
    };
  }

  #exceptionsOf({ schema }: OperationDefinition, jsonVersion: AwsJsonService['jsonVersion']): ExceptionTable {
    const namespace = schema[1];
    const known = this.#exceptions.get(namespace);
    if (known !== undefined) return known;
    const table = new ExceptionTable(namespace, this.#codecs, jsonVersion);
    this.#exceptions.set(namespace, table);
    return table;
  }
}
