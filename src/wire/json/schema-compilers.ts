/** Decoders and encoders of schemas, each compiled once for all operations that use it. */
import { DecoderCompiler } from './decode.ts';
import { EncoderCompiler } from './encode.ts';

export class SchemaCompilers {
  readonly decoders = new DecoderCompiler();
  readonly encoders = new EncoderCompiler();
}
