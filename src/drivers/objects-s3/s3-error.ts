/** What S3 refuses, as an AppError: its code and its words from the XML of the answer. */
import { AppError, type ErrorKind } from '../../domain/errors.ts';
import type { HttpResponse } from '../http-client/http-client.ts';

export interface S3Refusal {
  readonly error: AppError;
  /** Where the request should have been signed for, when that is what is wrong. */
  readonly region?: string;
}

const MAX_BODY = 64 * 1024;
const MAX_TEXT = 500;
const DENIED: ReadonlySet<number> = new Set([401, 403]);
const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const WRONG_REGION = 'AuthorizationHeaderMalformed';
const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#34;': '"',
  '&amp;': '&',
};

/** Reads the answer's body. `url` is without query. */
export async function s3Refusal(response: HttpResponse, url: string): Promise<S3Refusal> {
  const body = (await response.read(MAX_BODY).catch(() => Buffer.alloc(0))).toString('utf8');
  const { status } = response;
  const awsCode = element(body, 'Code');
  const region = element(body, 'Region');
  const isDenied = DENIED.has(status);
  const error = new AppError(kindOf(status), element(body, 'Message') ?? `HTTP status ${status}`, {
    details: { phase: 'status', url, status, ...(awsCode !== undefined && { awsCode }), denied: isDenied },
  });
  return { error, ...(awsCode === WRONG_REGION && region !== undefined && { region }) };
}

function kindOf(status: number): ErrorKind {
  if (status === 404) return 'not-found';
  if (DENIED.has(status)) return 'failed-precondition';
  return PASSING.has(status) ? 'unavailable' : 'invalid';
}

/** Text of the first element with this name. */
function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined || text === '') return undefined;
  return text
    .slice(0, MAX_TEXT)
    .replace(/&(?:lt|gt|quot|apos|amp|#39|#34);/g, (entity) => ENTITIES[entity] ?? entity);
}
