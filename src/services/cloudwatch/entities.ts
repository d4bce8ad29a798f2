/** Entities that data of PutMetricData may be said to belong to. They are looked at, and kept nowhere. */
import type { Entity } from '@aws-sdk/client-cloudwatch';
import { invalidValue } from './refusals.ts';

const KEYS: readonly string[] = ['Type', 'ResourceType', 'Identifier', 'Name', 'Environment'];
const MOST_KEY_ATTRIBUTES = 4;
const MOST_ATTRIBUTES = 10;
const LONGEST_VALUE = 512;

/** Throws for an entity that is not valid, as strict validation wants it. */
export function checkEntity({ KeyAttributes: keys = {}, Attributes: attributes = {} }: Entity): void {
  const names = Object.keys(keys);
  const hasKeys = names.length >= 2 && names.length <= MOST_KEY_ATTRIBUTES && names.includes('Type');
  if (!hasKeys || names.some((name) => !KEYS.includes(name)) || !areValues(keys)) {
    throw invalidValue('InvalidKeyAttributes: The provided KeyAttributes of an entity is invalid.');
  }
  if (Object.keys(attributes).length > MOST_ATTRIBUTES || !areValues(attributes)) {
    throw invalidValue('InvalidAttributes: The provided Attributes of an entity is invalid.');
  }
}

function areValues(attributes: Readonly<Record<string, string>>): boolean {
  return Object.entries(attributes).every(
    ([name, value]) => name !== '' && value.length >= 1 && value.length <= LONGEST_VALUE,
  );
}
