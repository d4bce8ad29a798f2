/** Waiting that ends with a signal, also where what is waited for knows nothing of it. */

/** Settles as the promise does; rejects at once when the signal fires. `what` is for the error's message. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Error(`aborted while waiting for ${what}`));
  });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
