import { parseInterfaces } from '../../../src/network/interfaces.ts';
import { renderNetworkFiles } from '../../../src/network/networkd.ts';

export const mac = '02:00:0A:00:00:05';
/** What the context says when it has these values beside one NIC. */
export const parse = (values: Readonly<Record<string, string>>) =>
  parseInterfaces(new Map(Object.entries({ ETH0_MAC: mac, ...values })));
/** The one file, without its comment and blank lines. */
export const rendered = (values: Readonly<Record<string, string>>) => {
  const [file] = renderNetworkFiles(parse(values).interfaces);
  return (file?.content ?? '').split('\n').filter((line) => line && !line.startsWith('#'));
};
