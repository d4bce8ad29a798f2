/** Lists what lies under a prefix and fits, a page at a time, without reading more than about a page at once. */
import type { Store } from '../../ports/store.ts';
import type { Page } from '../page.ts';

const READ_AT_ONCE = 256;

export interface ScanRequest {
  readonly prefix: string;
  readonly page: Page;
  readonly reverse?: boolean;
}

/** Places in tokens are keys behind the prefix. A token is given only if there is at least one more. */
export async function scan<T>(
  store: Store,
  { prefix, page, reverse = false }: ScanRequest,
  fits: (value: T) => boolean,
): Promise<{ values: T[]; nextToken: string | undefined }> {
  const values: T[] = [];
  let after = page.after === undefined ? undefined : prefix + page.after;
  let lastShown = '';
  for (;;) {
    const entries = await store.range<T>({
      prefix,
      limit: READ_AT_ONCE,
      reverse,
      ...(after === undefined ? {} : { after }),
    });
    for (const { key, value } of entries) {
      if (!fits(value)) continue;
      if (values.length === page.limit) return { values, nextToken: page.token(lastShown) };
      values.push(value);
      lastShown = key.slice(prefix.length);
    }
    after = entries.at(-1)?.key;
    if (entries.length < READ_AT_ONCE || after === undefined) return { values, nextToken: undefined };
  }
}
