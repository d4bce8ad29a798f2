/**
 * Constraints of the Logs API on single members, gathered and reported together in AWS's form:
 * `1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy …`.
 */
import { ApiError } from '../../domain/errors.ts';

interface Pattern {
  readonly test: RegExp;
  /** As AWS writes it. */
  readonly text: string;
}

const pattern = (text: string): Pattern => ({ test: new RegExp(`^(?:${text})$`, 'u'), text });

const GROUP_NAME = pattern('[\\.\\-_/#A-Za-z0-9]+');
const STREAM_NAME = pattern('[^:*]*');
const IDENTIFIER = pattern('[\\w#+=/:,.@-]*');
const RESOURCE_ARN = pattern('[\\w+=/:,.@-]*');
const TAG_KEY = pattern('([\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@]+)');
const TAG_VALUE = pattern('([\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@]*)');
const TAG_KEY_RULE =
  'Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length ' +
  'greater than or equal to 1, Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$]';
const TAG_VALUE_RULE =
  'Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length ' +
  'greater than or equal to 0, Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]';

export const MAX_TAGS = 50;

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

/** Gathers what is wrong; absent members satisfy every constraint. */
export class Constraints {
  readonly #failures: string[] = [];

  /** Throws InvalidParameterException when something did not hold. */
  check(): void {
    const count = this.#failures.length;
    if (count === 0) return;
    const errors = count === 1 ? 'error' : 'errors';
    throw invalidParameter(`${count} validation ${errors} detected: ${this.#failures.join('; ')}`);
  }

  groupName(value: string | undefined, member = 'logGroupName'): this {
    return this.#text(member, value, 1, 512, GROUP_NAME);
  }

  streamName(value: string | undefined, member = 'logStreamName'): this {
    return this.#text(member, value, 1, 512, STREAM_NAME);
  }

  groupIdentifier(value: string | undefined): this {
    return this.#text('logGroupIdentifier', value, 1, 2048, IDENTIFIER);
  }

  resourceArn(value: string | undefined): this {
    return this.#text('resourceArn', value, 1, 1011, RESOURCE_ARN);
  }

  length(member: string, value: string | undefined, least: number, most: number): this {
    return this.#text(member, value, least, most);
  }

  range(member: string, value: number | undefined, least: number, most = Number.POSITIVE_INFINITY): this {
    if (value === undefined) return this;
    if (value < least) this.#fail(member, value, `Member must have value greater than or equal to ${least}`);
    if (value > most) this.#fail(member, value, `Member must have value less than or equal to ${most}`);
    return this;
  }

  oneOf(member: string, value: string | number | undefined, allowed: readonly (string | number)[]): this {
    if (value === undefined || allowed.includes(value)) return this;
    return this.#fail(member, value, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
  }

  count(member: string, values: readonly unknown[] | undefined, least: number, most: number): this {
    if (values === undefined) return this;
    if (values.length < least) {
      this.#fail(member, undefined, `Member must have length greater than or equal to ${least}`);
    }
    if (values.length > most) {
      this.#fail(member, undefined, `Member must have length less than or equal to ${most}`);
    }
    return this;
  }

  tags(tags: Readonly<Record<string, string>> | undefined): this {
    if (tags === undefined) return this;
    this.count('tags', Object.keys(tags), 1, MAX_TAGS);
    if (!Object.keys(tags).every(isTagKey)) this.#fail('tags', undefined, TAG_KEY_RULE);
    const values = Object.values(tags);
    if (!values.every((value) => value.length <= 256 && TAG_VALUE.test.test(value))) {
      this.#fail('tags', undefined, TAG_VALUE_RULE);
    }
    return this;
  }

  tagKeys(member: string, keys: readonly string[] | undefined): this {
    keys?.forEach((key, index) => this.#text(`${member}.${index + 1}.member`, key, 1, 128, TAG_KEY));
    return this;
  }

  #text(member: string, value: string | undefined, least: number, most: number, form?: Pattern): this {
    if (value === undefined) return this;
    if (form !== undefined && !form.test.test(value)) {
      this.#fail(member, value, `Member must satisfy regular expression pattern: ${form.text}`);
    }
    if (value.length < least) {
      this.#fail(member, value, `Member must have length greater than or equal to ${least}`);
    }
    if (value.length > most) {
      this.#fail(member, value, `Member must have length less than or equal to ${most}`);
    }
    return this;
  }

  #fail(member: string, value: string | number | undefined, rule: string): this {
    const shown = value === undefined ? 'Value' : `Value '${value}'`;
    this.#failures.push(`${shown} at '${member}' failed to satisfy constraint: ${rule}`);
    return this;
  }
}

const isTagKey = (key: string): boolean => key.length >= 1 && key.length <= 128 && TAG_KEY.test.test(key);
