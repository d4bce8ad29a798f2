/** Lines as the HTTP Event Collector takes them: JSON in the members and the order of Docker's splunk driver. Pure. */
import { AppError } from '../../../domain/errors.ts';
import type { OutputLine } from '../line-reader.ts';
import type { SplunkFormat, SplunkOptions } from './splunk-options.ts';

/** Whose output it is, as the driver's templates and options name it. */
export interface SplunkOrigin {
  /** What `host` says. */
  readonly host: string;
  readonly containerId: string;
  readonly containerName: string;
  readonly imageName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The bytes of one event; undefined for a line that is none. */
export type SplunkEncoder = (line: OutputLine) => Buffer | undefined;

const SHORT_ID = 12;
const DEFAULT_TAG = '{{.ID}}';

/** `given`: the driver's options. Throws `invalid` with what users read after `failed to validate logger args: `. */
export function splunkEncoder(
  given: Readonly<Record<string, string>>,
  { source, sourceType, index, format }: SplunkOptions,
  origin: SplunkOrigin,
): SplunkEncoder {
  const tag = tagOf(given['tag'] ?? DEFAULT_TAG, origin);
  const attributes = attributesOf(given, origin);
  const event = EVENTS[format](tag, attributes);
  return (line) => {
    const made = event(line);
    if (made === undefined) return undefined;
    const time = (line.timestamp / 1_000).toFixed(6);
    const rest = JSON.stringify({ time, host: origin.host, source, sourcetype: sourceType, index });
    return Buffer.from(`{"event":${made},${rest.slice(1)}`);
  };
}

type Attributes = Readonly<Record<string, string>>;
/** JSON of a line's event. */
type EventMaker = (tag: string, attributes: Attributes) => (line: OutputLine) => string | undefined;

const EVENTS: Readonly<Record<SplunkFormat, EventMaker>> = {
  inline: (tag, attributes) => (line) => structured(JSON.stringify(line.text), line, tag, attributes),
  // As it was written: numbers of any length stay what they are.
  json: (tag, attributes) => (line) =>
    structured(isJson(line.text) ? line.text : JSON.stringify(line.text), line, tag, attributes),
  raw: (tag, attributes) => {
    const words = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
    const prefix = [...(tag === '' ? [] : [tag]), ...words].map((word) => `${word} `).join('');
    // The collector refuses a whole batch for an event of white space.
    return ({ text }) => (text.trim() === '' ? undefined : JSON.stringify(prefix + text));
  },
};

/** `line`: JSON. */
function structured(line: string, { source }: OutputLine, tag: string, attributes: Attributes): string {
  const rest = JSON.stringify({
    source,
    ...(tag !== '' && { tag }),
    ...(Object.keys(attributes).length > 0 && { attrs: attributes }),
  });
  return `{"line":${line},${rest.slice(1)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Fills in what Docker's templates of tags know. */
function tagOf(template: string, origin: SplunkOrigin): string {
  const values: Readonly<Record<string, string>> = {
    ID: origin.containerId.slice(0, SHORT_ID),
    FullID: origin.containerId,
    Name: origin.containerName,
    ImageName: origin.imageName,
    DaemonName: 'neargate',
  };
  const filled = template.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (whole, name: string) => values[name] ?? whole);
  if (/\{\{|\}\}/.test(filled)) throw new AppError('invalid', `template: log-tag: cannot use ${template}`);
  return filled;
}

/** Labels and variables that the options name, a comma between two. */
function attributesOf(given: Readonly<Record<string, string>>, origin: SplunkOrigin): Attributes {
  const pick = (names: string | undefined, from: Readonly<Record<string, string>>): [string, string][] =>
    (names ?? '').split(',').flatMap((name) => {
      const value = Object.hasOwn(from, name) ? from[name] : undefined;
      return value === undefined ? [] : [[name, value] as [string, string]];
    });
  return Object.fromEntries([
    ...pick(given['labels'], origin.labels),
    ...pick(given['env'], origin.environment),
  ]);
}
