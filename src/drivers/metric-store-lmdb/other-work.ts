/** Resolves when all else that waits has had its turn, so that long work does not hold answers up. */
export const otherWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
