/**
 * Where layers are downloaded from: the host of an S3 bucket, as with ECR, by addresses that hold for an hour and for
 * one layer. The signature is ours; nobody but this process reads it.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { layerHost } from '../../../domain/ecr/names.ts';

const LIFE_S = 3600;
const ALGORITHM = 'AWS4-HMAC-SHA256';

export interface Layer {
  /** Where the registry has it: account, region and id of the repository. */
  readonly place: string;
  readonly digest: string;
}

export class LayerUrls {
  readonly #key: Uint8Array;
  readonly #dnsSuffix: string;

  /** `serverSecret`: at least 32 random bytes. */
  constructor(serverSecret: Uint8Array, dnsSuffix: string) {
    if (serverSecret.byteLength < 32) throw new RangeError('the server secret needs at least 32 bytes');
    this.#key = new Uint8Array(hkdfSync('sha256', serverSecret, '', 'neargate layer addresses', 32));
    this.#dnsSuffix = dnsSuffix;
  }

  urlOf({ place, digest }: Layer, nowMs: number): string {
    const region = place.split('/')[1] ?? '';
    const path = `/${place}/${digest}`;
    const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const query = `X-Amz-Algorithm=${ALGORITHM}&X-Amz-Date=${date}&X-Amz-Expires=${LIFE_S}`;
    const signature = this.#sign(`${path}?${query}`).toString('hex');
    return `https://${layerHost(region, this.#dnsSuffix)}${path}?${query}&X-Amz-Signature=${signature}`;
  }

  /** The layer of an address's path and query; undefined when its signature is not ours. */
  read(pathAndQuery: string, nowMs: number): (Layer & { readonly isExpired: boolean }) | undefined {
    const [signed = '', signature = ''] = pathAndQuery.split('&X-Amz-Signature=');
    const given = Buffer.from(signature, 'hex');
    const expected = this.#sign(signed);
    if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return undefined;
    const url = new URL(signed, 'https://localhost');
    const parts = url.pathname.slice(1).split('/');
    const date = url.searchParams.get('X-Amz-Date') ?? '';
    const endsAt = dateMs(date) + Number(url.searchParams.get('X-Amz-Expires')) * 1000;
    return {
      place: parts.slice(0, -1).join('/'),
      digest: parts.at(-1) ?? '',
      isExpired: !(nowMs < endsAt),
    };
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/** `20261125T200000Z`. */
function dateMs(text: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
