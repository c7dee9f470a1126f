/**
 * sd_notify(3) through the `sd-notify` addon, loaded only where systemd asked for it (`NOTIFY_SOCKET`).
 * Elsewhere (development, tests) there is nobody to tell and the addon need not be compiled.
 */
const systemd = process.env.NOTIFY_SOCKET ? (await import('sd-notify')).default : undefined;

/** Tells systemd that the service is ready (`Type=notify`). */
export function notifyReady(): void {
  systemd?.ready();
}

/** Sets the one-line status that `systemctl status` shows. */
export function notifyStatus(text: string): void {
  systemd?.sendStatus(text);
}

/** Feeds the watchdog at a third of `WatchdogSec=`; does nothing when the unit has none. */
export function feedWatchdog(): void {
  const microseconds = Number(process.env.WATCHDOG_USEC ?? 0);
  if (microseconds > 0) systemd?.startWatchdogMode(Math.floor(microseconds / 3000));
}
