/**
 * A table of nftables as values, and the scripts that make the kernel's one what it is to be: as a whole, or by what
 * has changed. A script is one transaction.
 */

/** A set, or a map when the type has two sides (`ipv4_addr : verdict`). */
export interface NftSet {
  readonly type: string;
  /** Value by key; the value is empty in a set. */
  readonly elements: ReadonlyMap<string, string>;
}

export interface NftChain {
  /** `type filter hook … priority …; policy …;` of a base chain. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

export interface NftTable {
  /** Family and name: `ip neargate`. */
  readonly name: string;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, NftChain>;
}

/** Puts the table in the place of whatever is there under its name. */
export function wholeScript(table: NftTable): string {
  const nothing = { name: table.name, sets: new Map(), chains: new Map() };
  const removal = [`add table ${table.name}`, `delete table ${table.name}`];
  return [...removal, `add table ${table.name}`, ...changes(nothing, table), ''].join('\n');
}

/** What makes `after` of `before`, which has the same name; empty when nothing is to be done. */
export function changeScript(before: NftTable, after: NftTable): string {
  const lines = changes(before, after);
  return lines.length === 0 ? '' : [...lines, ''].join('\n');
}

/** In an order in which nothing is named before it is there, or deleted while it is named. */
function changes(before: NftTable, after: NftTable): string[] {
  const { name } = after;
  const fresh = <T>(old: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>) =>
    [...now].filter(([key]) => !old.has(key));
  const gone = <T>(old: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>) =>
    [...old.keys()].filter((key) => !now.has(key));
  const changed = [...after.chains].filter(([key, chain]) => !sameRules(before.chains.get(key), chain));
  const goneChains = gone(before.chains, after.chains);
  return [
    ...fresh(before.chains, after.chains).map(([key, { hook }]) => {
      return `add chain ${name} ${key}${hook === undefined ? '' : ` { ${hook} }`}`;
    }),
    ...fresh(before.sets, after.sets).map(([key, { type }]) => {
      return `add ${type.includes(':') ? 'map' : 'set'} ${name} ${key} { type ${type}; }`;
    }),
    ...[...changed.map(([key]) => key).filter((key) => before.chains.has(key)), ...goneChains].map(
      (key) => `flush chain ${name} ${key}`,
    ),
    ...elementChanges(before, after),
    ...changed.flatMap(([key, { rules }]) => rules.map((rule) => `add rule ${name} ${key} ${rule}`)),
    ...goneChains.map((key) => `delete chain ${name} ${key}`),
    ...gone(before.sets, after.sets).map((key) => `delete set ${name} ${key}`),
  ];
}

function elementChanges(before: NftTable, after: NftTable): string[] {
  const { name } = after;
  const lines: string[] = [];
  for (const [key, { elements }] of after.sets) {
    const old = before.sets.get(key)?.elements ?? new Map<string, string>();
    const obsolete = [...old].filter(([element, value]) => elements.get(element) !== value);
    const added = [...elements].filter(([element, value]) => old.get(element) !== value);
    if (obsolete.length > 0) {
      lines.push(`delete element ${name} ${key} { ${obsolete.map(([element]) => element).join(', ')} }`);
    }
    if (added.length > 0) lines.push(`add element ${name} ${key} { ${added.map(elementText).join(', ')} }`);
  }
  return lines;
}

function elementText([key, value]: readonly [string, string]): string {
  return value === '' ? key : `${key} : ${value}`;
}

function sameRules(one: NftChain | undefined, other: NftChain): boolean {
  return (
    one !== undefined &&
    one.rules.length === other.rules.length &&
    one.rules.every((rule, index) => rule === other.rules[index])
  );
}
