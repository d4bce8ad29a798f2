/**
 * EC2's query protocol: `Action=…&Version=…` and the parameters as a form, in the body of a POST or in the query of a
 * GET; answers are XML documents.
 */
import { ApiError } from '../../domain/errors.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
import { type Ec2QueryService, type OperationDefinition, permissionsOf } from '../service.ts';
import { resolveShape } from '../shape.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { type Decode, DecoderCompiler } from '../query/decode.ts';
import {
  element,
  type Encode,
  EncoderCompiler,
  escapeXml,
  XML_CONTENT_TYPE,
  XML_DECLARATION,
} from '../query/encode.ts';
import { OperationTable } from '../query/operation-table.ts';
import { shown } from '../query/parameters.ts';
import { isQuery, operationParameters, requestParameters } from '../query/request.ts';
import { EC2_DIALECT } from './ec2-dialect.ts';
import { ec2Envelope, INTERNAL_ERROR } from './error-envelope.ts';

export class Ec2QueryProtocol implements Protocol {
  readonly #decoders = new DecoderCompiler(EC2_DIALECT);
  readonly #encoders = new EncoderCompiler();
  readonly #operations: OperationTable<Ec2QueryService>;

  constructor(services: readonly Ec2QueryService[]) {
    this.#operations = new OperationTable(services, (service, definition) => this.#bind(service, definition));
  }

  speaks(request: WireRequest): boolean {
    return isQuery(request);
  }

  operationOf(request: WireRequest): BoundOperation {
    const { below } = requestParameters(request);
    const action = below.get('Action')?.text;
    const version = below.get('Version')?.text;
    if (action === undefined || action === '') {
      throw new ApiError('MissingAction', 'The request must contain the parameter Action');
    }
    if (version === undefined) {
      throw new ApiError('MissingParameter', 'The request must contain the parameter Version');
    }
    if (!this.#operations.hasVersion(version)) {
      throw new ApiError('NoSuchVersion', `The requested version (${shown(version)}) does not exist`);
    }
    const operation = this.#operations.find(version, action);
    if (operation !== undefined) return operation;
    throw new ApiError('InvalidAction', `The action ${shown(action)} is not valid for this web service.`);
  }

  envelope(error: ApiError, requestId: string): ErrorEnvelope {
    return ec2Envelope(error, requestId);
  }

  #bind(service: Ec2QueryService, definition: OperationDefinition): BoundOperation {
    const { name, version } = service;
    const { schema } = definition;
    const head = `${XML_DECLARATION}<${definition.name}Response xmlns="http://ec2.amazonaws.com/doc/${version}/">`;
    const tail = `</${definition.name}Response>`;
    const answersNothing = resolveShape(schema[5]).kind === 'unit';
    let decode: Decode | undefined;
    let encode: Encode | undefined;
    return {
      service: name,
      permissions: permissionsOf(service),
      definition,
      contentType: XML_CONTENT_TYPE,
      successStatus: 200,
      serverFault: INTERNAL_ERROR,
      decodeInput: (request) => {
        decode ??= this.#decoders.compile(schema[4]);
        return decode(operationParameters(request), '') as object;
      },
      encodeOutput: (output, requestId) => {
        encode ??= answersNothing
          ? () => element('return', 'true')
          : this.#encoders.compile(schema[5], definition.name);
        const content = encode(output ?? {});
        return `${head}${element('requestId', escapeXml(requestId))}${content}${tail}`;
      },
      envelope: ec2Envelope,
    };
  }
}
