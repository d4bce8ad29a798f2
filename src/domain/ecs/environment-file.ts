/** Environment files: what a line says, and which file wins. Pure; the rules are the ECS agent's. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

/** The object that `arn:aws:s3:::bucket/key` names; undefined for anything else. */
export function objectLocation(arn: string): ObjectLocation | undefined {
  const [, bucket, key] = /^arn:aws[a-z-]*:s3:::([^/]+)\/(.+)$/.exec(arn) ?? [];
  return bucket === undefined || key === undefined ? undefined : { bucket, key };
}

/**
 * The variables of one file: `#` at the beginning of a line comments it out, the first `=` ends the name, the value is
 * taken as it stands (quotes, blanks and all). Lines without `=` or name say nothing; the last line of a name wins.
 */
export function parseEnvironmentFile(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals < 1) continue;
    variables.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return variables;
}

/** Of several files, in the definition's order: the first one that has a name gives its value. */
export function mergeEnvironmentFiles(files: readonly ReadonlyMap<string, string>[]): EnvironmentVariable[] {
  const merged = new Map<string, string>();
  for (const file of files) {
    for (const [name, value] of file) if (!merged.has(name)) merged.set(name, value);
  }
  return [...merged].map(([name, value]) => ({ name, value }));
}
