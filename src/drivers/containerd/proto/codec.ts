/**
 * Messages to protobuf bytes and back, by the table of messages. Only what containerd's messages need: varints up to
 * 2^53 (all sizes are smaller), strings, bytes, messages, lists of strings or messages, maps with string keys.
 * Unknown fields are skipped. No field is ever packed.
 */
import { AppError } from '../../../domain/errors.ts';
import type { MessageName, Request, Response } from './message-types.ts';
import { MESSAGES } from './messages.ts';
import { WireReader, WireWriter } from './wire.ts';

interface Field {
  readonly name: string;
  readonly number: number;
  readonly shape: 'single' | 'repeated' | 'map';
  readonly type: string;
}

interface Layout {
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

type Values = Record<string, unknown>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const LAYOUTS: ReadonlyMap<string, Layout> = readLayouts();

/** The bytes of a message. Members at their zero value are left out, as proto3 has it. */
export function encode<M extends MessageName>(name: M, value: Request<M>): Buffer {
  const writer = new WireWriter();
  writeMessage(writer, name, value as Values);
  return writer.finish();
}

/** The same bytes in pieces, so that large members are not copied. */
export function encodePieces<M extends MessageName>(name: M, value: Request<M>): Uint8Array[] {
  const writer = new WireWriter();
  writeMessage(writer, name, value as Values);
  return writer.pieces();
}

/** A message from its bytes. Throws `internal` when they are no such message. */
export function decode<M extends MessageName>(name: M, bytes: Buffer): Response<M> {
  return readMessage(new WireReader(bytes), name) as Response<M>;
}

function readLayouts(): Map<string, Layout> {
  const layouts = new Map<string, Layout>();
  for (const [message, members] of Object.entries(MESSAGES)) {
    const fields = Object.entries(members as Record<string, string>).map(([name, text]): Field => {
      const words = text.split(' ');
      const shape = words.length === 3 ? (words[1] as 'repeated' | 'map') : 'single';
      return { name, number: Number(words[0]), shape, type: words.at(-1) as string };
    });
    layouts.set(message, { fields, byNumber: new Map(fields.map((field) => [field.number, field])) });
  }
  return layouts;
}

function layoutOf(name: string): Layout {
  const layout = LAYOUTS.get(name);
  if (layout === undefined) throw new AppError('internal', `no message ${name} in the table`);
  return layout;
}

function writeMessage(writer: WireWriter, name: string, value: Values): void {
  for (const field of layoutOf(name).fields) {
    const member = value[field.name];
    if (member === undefined) continue;
    if (field.shape === 'repeated') {
      for (const item of member as unknown[]) writeValue(writer, field.number, field.type, item);
    } else if (field.shape === 'map') {
      for (const [key, item] of Object.entries(member as Values)) {
        const entry = new WireWriter();
        writeValue(entry, 1, 'string', key);
        writeValue(entry, 2, field.type, item);
        writer.bytes(field.number, entry.finish());
      }
    } else if (member !== 0 && member !== '' && member !== false) {
      writeValue(writer, field.number, field.type, member);
    }
  }
}

function writeValue(writer: WireWriter, number: number, type: string, value: unknown): void {
  switch (type) {
    case 'string':
      writer.bytes(number, Buffer.from(value as string, 'utf8'));
      return;
    case 'bytes':
      writer.bytes(number, value as Uint8Array);
      return;
    case 'bool':
      writer.varint(number, value === true ? 1 : 0);
      return;
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'enum':
      writer.varint(number, value as number);
      return;
    default: {
      const inner = new WireWriter();
      writeMessage(inner, type, value as Values);
      writer.append(number, inner);
    }
  }
}

function readMessage(reader: WireReader, name: string): Values {
  const layout = layoutOf(name);
  const value: Values = {};
  for (const field of layout.fields) value[field.name] = zeroOf(field);
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    const field = layout.byNumber.get(number);
    if (field === undefined) {
      reader.skip(wireType);
      continue;
    }
    const expected = isVarint(field.type) && field.shape !== 'map' ? VARINT : LENGTH_DELIMITED;
    if (wireType !== expected) {
      throw new AppError('internal', `field ${number} of ${name} has wire type ${wireType}`);
    }
    if (field.shape === 'repeated') {
      (value[field.name] as unknown[]).push(readValue(reader, field.type));
    } else if (field.shape === 'map') {
      const [key, item] = readEntry(reader.sub(), field.type);
      (value[field.name] as Values)[key] = item;
    } else {
      value[field.name] = readValue(reader, field.type);
    }
  }
  return value;
}

function readEntry(reader: WireReader, type: string): [string, unknown] {
  let key = '';
  let item = zeroOf({ name: '', number: 2, shape: 'single', type });
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (number === 1) key = reader.bytes().toString('utf8');
    else if (number === 2) item = readValue(reader, type);
    else reader.skip(wireType);
  }
  return [key, item];
}

function readValue(reader: WireReader, type: string): unknown {
  switch (type) {
    case 'string':
      return reader.bytes().toString('utf8');
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.varint() !== 0;
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'enum':
      return reader.varint();
    default:
      return readMessage(reader.sub(), type);
  }
}

function zeroOf(field: Field): unknown {
  if (field.shape === 'repeated') return [];
  if (field.shape === 'map') return Object.create(null);
  if (field.type === 'string') return '';
  if (field.type === 'bytes') return Buffer.alloc(0);
  if (field.type === 'bool') return false;
  return isVarint(field.type) ? 0 : undefined;
}

function isVarint(type: string): boolean {
  return type === 'bool' || type === 'int32' || type === 'int64' || type === 'uint32' || type === 'enum';
}
