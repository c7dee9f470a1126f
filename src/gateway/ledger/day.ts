/** The day in UTC that `at` (milliseconds since 1970) lies in. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const dayMilliseconds = 86_400_000;

/** The day in UTC that was `days` before the one of `at`. */
export function daysBefore(at: number, days: number): string {
  return dayOf(at - days * dayMilliseconds);
}
