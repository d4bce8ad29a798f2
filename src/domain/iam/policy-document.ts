/**
 * Policy documents of IAM as values: of identities (statements without a principal) and of resources. Parsing is
 * strict, so that nothing that a policy says is passed over.
 */
import { isConditionOperator, type PolicyCondition } from './policy-condition.ts';

export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  /** Absent in policies of identities: who has the policy is meant. */
  readonly principals?: PrincipalChoice;
  readonly actions: Choice;
  /** Absent: what the policy is attached to. */
  readonly resources?: Choice;
  readonly conditions: readonly PolicyCondition[];
}

/** What a document says. */
export type PolicyDocument = readonly PolicyStatement[];

/** Patterns of which one must match, or, of `NotAction` and its like, none may. */
export interface Choice {
  readonly except: boolean;
  readonly patterns: readonly string[];
}

export interface PrincipalChoice {
  readonly except: boolean;
  readonly principals: readonly PrincipalPattern[];
}

/** `type`: `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` is everybody, those without credentials too. */
export interface PrincipalPattern {
  readonly type: string;
  readonly id: string;
}

type Members = Readonly<Record<string, unknown>>;

const STATEMENT_MEMBERS = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
);
const DOCUMENT_MEMBERS = new Set(['Version', 'Id', 'Statement']);
const NEWEST = '2012-10-17';
const VERSIONS: readonly unknown[] = [undefined, '2008-10-17', NEWEST];
const PRINCIPAL_TYPES = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** The statements of a policy document; undefined when the text is not a valid one. */
export function parsePolicy(text: string): PolicyDocument | undefined {
  const version = membersOf(parseJson(text))?.['Version'];
  // The older language has no variables.
  const document = membersOf(
    parseJson(version === NEWEST ? text : text.replaceAll('${', '${$}{')),
    DOCUMENT_MEMBERS,
  );
  if (document === undefined || !VERSIONS.includes(version)) return undefined;
  const statements = listOf(document['Statement']).map(parseStatement);
  return statements.length > 0 && statements.every((statement) => statement !== undefined)
    ? statements
    : undefined;
}

function parseStatement(value: unknown): PolicyStatement | undefined {
  const statement = membersOf(value, STATEMENT_MEMBERS);
  if (statement === undefined) return undefined;
  const effect = statement['Effect'];
  const principals = oneOf(statement, 'Principal', 'NotPrincipal', principalPatterns);
  const actions = oneOf(statement, 'Action', 'NotAction', actionPatterns);
  const resources = oneOf(statement, 'Resource', 'NotResource', textsOf);
  const conditions = parseConditions(statement['Condition']);
  if (effect !== 'Allow' && effect !== 'Deny') return undefined;
  if (principals === 'invalid' || actions === 'invalid' || resources === 'invalid') return undefined;
  if (actions === 'absent' || conditions === undefined) return undefined;
  return {
    effect,
    ...(principals !== 'absent' && {
      principals: { except: principals.except, principals: principals.patterns },
    }),
    actions,
    ...(resources !== 'absent' && { resources }),
    conditions,
  };
}

/** A member or its opposite, never both. */
function oneOf<Pattern>(
  statement: Members,
  name: string,
  opposite: string,
  patternsOf: (value: unknown) => readonly Pattern[] | undefined,
): { readonly except: boolean; readonly patterns: readonly Pattern[] } | 'absent' | 'invalid' {
  const except = statement[opposite] !== undefined;
  const value = statement[name] ?? statement[opposite];
  if (value === undefined) return 'absent';
  const patterns = patternsOf(value);
  if (patterns === undefined || (except && statement[name] !== undefined)) return 'invalid';
  return { except, patterns };
}

function principalPatterns(value: unknown): readonly PrincipalPattern[] | undefined {
  if (value === '*') return [{ type: '*', id: '*' }];
  const byType = membersOf(value, PRINCIPAL_TYPES);
  if (byType === undefined || Object.keys(byType).length === 0) return undefined;
  const patterns: PrincipalPattern[] = [];
  for (const [type, ids] of Object.entries(byType)) {
    const texts = textsOf(ids);
    if (texts === undefined) return undefined;
    patterns.push(...texts.map((id) => (type === 'AWS' && id === '*' ? { type: '*', id } : { type, id })));
  }
  return patterns;
}

function actionPatterns(value: unknown): readonly string[] | undefined {
  const actions = textsOf(value);
  return actions?.every((action) => /^(\*|[a-z0-9-]+:[\w*?]+)$/i.test(action)) === true ? actions : undefined;
}

function parseConditions(value: unknown): readonly PolicyCondition[] | undefined {
  if (value === undefined) return [];
  const byOperator = membersOf(value);
  if (byOperator === undefined) return undefined;
  const conditions: PolicyCondition[] = [];
  for (const [operator, keys] of Object.entries(byOperator)) {
    const byKey = membersOf(keys);
    if (byKey === undefined || !isConditionOperator(operator)) return undefined;
    for (const [key, values] of Object.entries(byKey)) {
      const texts = scalarsOf(values);
      if (texts === undefined) return undefined;
      conditions.push({ operator, key, values: texts });
    }
  }
  return conditions;
}

/** An object's members; undefined when it is none, or has others than the known ones. */
function membersOf(value: unknown, known?: ReadonlySet<string>): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const isKnown = known === undefined || Object.keys(value).every((name) => known.has(name));
  return isKnown ? (value as Members) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function textsOf(value: unknown): readonly string[] | undefined {
  const list = listOf(value);
  return list.length > 0 && list.every((text) => typeof text === 'string') ? list : undefined;
}

/** Numbers and truth values may stand without quotes. */
function scalarsOf(value: unknown): readonly string[] | undefined {
  const list = listOf(value);
  return list.every((item) => ['string', 'number', 'boolean'].includes(typeof item))
    ? list.map(String)
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
