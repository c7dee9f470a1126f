/** Resolves when `pending` has, or after `milliseconds`; rejects only when `pending` did before. */
export async function settledOrAfter(pending: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise: elapsed, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    await Promise.race([pending, elapsed]);
  } finally {
    clearTimeout(timer);
  }
}
