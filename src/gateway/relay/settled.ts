/** What `pending` resolves with, undefined where it has not after `milliseconds`; rejects only when `pending` did before. */
export function settledOrAfter<Value>(
  pending: Promise<Value>,
  milliseconds: number,
): Promise<Value | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  pending.then(
    (value) => {
      clearTimeout(timer);
      resolve(value);
    },
    (error) => {
      clearTimeout(timer);
      reject(error);
    },
  );
  return promise;
}
