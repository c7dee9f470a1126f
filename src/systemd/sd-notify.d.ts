declare module 'sd-notify' {
  const addon: {
    ready(): void;
    sendStatus(text: string): void;
    startWatchdogMode(intervalMs: number): void;
  };
  export default addon;
}
