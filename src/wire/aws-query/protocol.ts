/** awsQuery, the protocol of STS, IAM and CloudWatch: parameters as a form, answers as XML with the result below the response. */
import { ApiError } from '../../domain/errors.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
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
import { type AwsQueryService, type OperationDefinition, permissionsOf } from '../service.ts';
import { resolveShape } from '../shape.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { AWS_DIALECT } from './dialect.ts';
import { awsQueryEnvelope, INTERNAL_FAILURE } from './error-envelope.ts';

export class AwsQueryProtocol implements Protocol {
  readonly #wholeNumbers = new DecoderCompiler(AWS_DIALECT);
  readonly #anyNumbers = new DecoderCompiler({ ...AWS_DIALECT, fractions: true });
  readonly #encoders = new EncoderCompiler();
  readonly #operations: OperationTable<AwsQueryService>;

  constructor(services: readonly AwsQueryService[]) {
    this.#operations = new OperationTable(services, (service, definition) => this.#bind(service, definition));
  }

  /** EC2's is told from it by the version. */
  speaks(request: WireRequest): boolean {
    return isQuery(request) && this.#operations.hasVersion(versionOf(request) ?? '');
  }

  operationOf(request: WireRequest): BoundOperation {
    const action = requestParameters(request).below.get('Action')?.text ?? '';
    const version = versionOf(request) ?? '';
    const operation = this.#operations.find(version, action);
    if (operation !== undefined) return operation;
    throw new ApiError('InvalidAction', `Could not find operation ${shown(action)} for version ${version}`);
  }

  envelope(error: ApiError, requestId: string): ErrorEnvelope {
    return awsQueryEnvelope(error, requestId);
  }

  #bind(service: AwsQueryService, definition: OperationDefinition): BoundOperation {
    const { schema, name } = definition;
    const names = { namespace: schema[1], xmlNamespace: service.xmlNamespace };
    const decoders = service.hasFractions === true ? this.#anyNumbers : this.#wholeNumbers;
    const answersNothing = resolveShape(schema[5]).kind === 'unit';
    let decode: Decode | undefined;
    let encode: Encode | undefined;
    return {
      service: service.name,
      permissions: permissionsOf(service),
      definition,
      contentType: XML_CONTENT_TYPE,
      successStatus: 200,
      serverFault: INTERNAL_FAILURE,
      decodeInput: (request) => {
        decode ??= decoders.compile(schema[4]);
        return decode(operationParameters(request), '') as object;
      },
      encodeOutput: (output, requestId) => {
        encode ??= answersNothing
          ? () => ''
          : contentOf(name, this.#encoders.compile(schema[5], definition.name));
        const metadata = element('ResponseMetadata', element('RequestId', escapeXml(requestId)));
        const head = `${XML_DECLARATION}<${name}Response xmlns="${service.xmlNamespace}">`;
        return `${head}${encode(output ?? {})}${metadata}</${name}Response>`;
      },
      envelope: (error, requestId) => awsQueryEnvelope(error, requestId, names),
    };
  }
}

function contentOf(name: string, encode: Encode): Encode {
  return (output) => element(`${name}Result`, encode(output));
}

/** Undefined also for parameters that cannot be read: whoever reads them again says so. */
function versionOf(request: WireRequest): string | undefined {
  try {
    return requestParameters(request).below.get('Version')?.text;
  } catch {
    return undefined;
  }
}
